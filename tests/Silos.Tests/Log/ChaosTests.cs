using System.Net;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Silos.Ledger.Chain;
using Silos.Ledger.History;
using Silos.Ledger.Log;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;
using Silos.Tests.Chain;
using Silos.Verifier;
using Story;
using Xunit;

namespace Silos.Tests.Log;

/// <summary>A log on a real chain behind a wire that fails at random, while the chain goes back and is killed.</summary>
public sealed class ChaosTests
{
    private const string Origin = "researchhub.example/chaos";

    /// <summary>
    /// Goal: whatever the chain does, every entry becomes final, nothing is charged twice, and the history verifies.
    /// Method: 3 seeds (30 in long runs); 40 charged entries while one request in twelve fails in one of five ways, and in between the chain goes back to an earlier block, or is killed and started again from its state file.
    /// </summary>
    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Whatever_the_chain_does_the_history_verifies(int seed)
    {
        Assert.SkipUnless(Anvil.Find() is not null || Environment.GetEnvironmentVariable("CI") == "true", Anvil.Missing);
        var folder = Directory.CreateTempSubdirectory("chaos").FullName;
        var stateFile = Path.Combine(folder, "chain.json");
        var anvil = await Anvil.StartAsync(stateFile);
        try
        {
            var random = new Random(seed);
            using var board = await Board.FoundAsync(anvil.Rpc, new Amount(1_000_000, 0), Hash32.Of(Origin));
            var permit = (await board.IssueAsync(new Amount(1_000_000, 0))).PermitId;
            await anvil.DisposeAsync();
            anvil = await Anvil.StartAsync(stateFile, anvil.Port);
            using var wire = new ChanceWire(new Random(random.Next()));
            using var http = new HttpClient(wire) { Timeout = TimeSpan.FromSeconds(5) };
            using var client = new ChainClient(new JsonRpc(http, anvil.Url), board.Client.Deployment, (await Deployer.AccountsAsync(anvil.Rpc))[1]);
            await using var database = new Database($"Data Source={Path.Combine(folder, "log.db")}");
            using var log = new LedgerLog(database, board.Silo, Origin, client, new LogOptions { BatchAge = TimeSpan.FromMilliseconds(10) }, TimeProvider.System, NullLogger<LedgerLog>.Instance);
            await log.OpenAsync();
            using var stop = new CancellationTokenSource();
            var running = log.RunAsync(stop.Token);
            wire.Chance = 1.0 / 12;
            JsonElement snapshot = default;
            for (var i = 0; i < 40; i++)
            {
                var draft = LedgerLog.Draft(EntryKind.Extract, board.Silo.Id) with { Permit = permit, Charge = Charge.Of(10, 0), Nonce = Nonce.New() };
                var appended = await log.AppendAsync(draft);
                if (i % 3 == 0)
                {
                    await FinalAsync(log, running, appended.Seq);
                }

                if (i % 8 == 4)
                {
                    snapshot = await anvil.Rpc.CallAsync("evm_snapshot", []);
                }

                if (i % 8 == 7)
                {
                    anvil = await StrikeAsync(anvil, stateFile, snapshot, random);
                }
            }

            wire.Chance = 0;
            await FinalAsync(log, running, await log.CountAsync() - 1);
            await SettleAsync(log, running);
            await stop.CancelAsync();
            await Record.ExceptionAsync(() => running);

            var entries = await log.ReadAsync(0, long.MaxValue);
            using var calm = new ChainClient(anvil.Rpc, board.Client.Deployment);
            Assert.Equal(entries.Where(entry => entry.Charge is not null).Select(entry => (ulong)entry.Seq), (await calm.ReadEventsAsync()).Where(happened => happened.Name == "ChargePosted").Select(happened => happened.Number("seq")));
            Assert.Equal(400UL, (await calm.ReadBudgetAsync(log.Id)).Spent.Rho);
            var path = Path.Combine(folder, "history.zip");
            await using (var file = File.Create(path))
            {
                await HistoryExport.WriteAsync(file, async cancel => [await log.HistoryAsync(cancel)], calm, board.Silo, null, TimeProvider.System);
            }

            var output = new StringWriter();
            Assert.True(await VerifyProgram.RunAsync(["history", path, "--rpc", anvil.Url.ToString()], output, output) == 0, $"seed {seed}\n{output}");
            TestContext.Current.TestOutputHelper!.WriteLine($"seed {seed}: {wire.Faults} faults, {entries.Count(entry => entry.Kind == EntryKind.Alarm)} alarms, {entries.Count(entry => entry.Kind == EntryKind.ReAnchored)} times anchored again");
        }
        finally
        {
            await anvil.DisposeAsync();
            Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
            Directory.Delete(folder, recursive: true);
        }
    }

    public static TheoryData<int> Seeds() => [.. Enumerable.Range(1, Environment.GetEnvironmentVariable("RESEARCHHUB_LONG") == "1" ? 30 : 3)];

    private static async Task FinalAsync(LedgerLog log, Task running, long seq)
    {
        var final = log.WhenFinalAsync(seq, TestContext.Current.CancellationToken);
        await await Task.WhenAny(final, running);
        await final;
    }

    /// <summary>Waits until what the log itself appended (alarms, re-anchored) is final too, and the chain has not gone back since.</summary>
    private static async Task SettleAsync(LedgerLog log, Task running)
    {
        for (var calm = 0; calm < 3;)
        {
            var count = await log.CountAsync();
            await FinalAsync(log, running, count - 1);
            await log.OpenAsync();
            calm = await log.CountAsync() == count && await log.FindAsync(count - 1) is not null ? calm + 1 : 0;
        }
    }

    /// <summary>The chain goes back to where it was some entries ago, as a reorganisation does, or loses its last second to a kill.</summary>
    private static async Task<Anvil> StrikeAsync(Anvil anvil, string stateFile, JsonElement snapshot, Random random)
    {
        if (random.Next(2) == 0)
        {
            Assert.True((await anvil.Rpc.CallAsync("evm_revert", [snapshot])).GetBoolean());
            return anvil;
        }

        await anvil.KillAsync();
        return await Anvil.StartAsync(stateFile, anvil.Port);
    }

    /// <summary>A wire on which each request fails with a chance, in one of five ways.</summary>
    private sealed class ChanceWire(Random random) : DelegatingHandler(new HttpClientHandler())
    {
        private readonly Lock gate = new();

        public double Chance { get; set; }

        public int Faults { get; private set; }

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            int kind;
            lock (gate)
            {
                kind = random.NextDouble() < Chance ? random.Next(5) : -1;
                Faults += kind < 0 ? 0 : 1;
            }

            switch (kind)
            {
                case 0:
                    throw new HttpRequestException("the connection was reset");
                case 1:
                    (await base.SendAsync(request, cancellationToken)).Dispose();
                    throw new HttpRequestException("the connection was reset");
                case 2:
                    return new HttpResponseMessage(HttpStatusCode.BadGateway);
                case 3:
                    await Task.Delay(300, cancellationToken);
                    return await base.SendAsync(request, cancellationToken);
                case 4:
                    var body = await request.Content!.ReadAsByteArrayAsync(cancellationToken);
                    using (var twice = new HttpRequestMessage(request.Method, request.RequestUri) { Content = new ByteArrayContent(body) })
                    {
                        twice.Content.Headers.ContentType = request.Content.Headers.ContentType;
                        (await base.SendAsync(twice, cancellationToken)).Dispose();
                    }

                    return await base.SendAsync(request, cancellationToken);
                default:
                    return await base.SendAsync(request, cancellationToken);
            }
        }
    }
}
