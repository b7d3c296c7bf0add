using Microsoft.Extensions.Logging.Abstractions;
using Silos.Ledger.Chain;
using Silos.Ledger.Checkpoints;
using Silos.Ledger.History;
using Silos.Ledger.Log;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;
using Silos.Tests.Chain;
using Silos.Tests.Witness;
using Story.Histories;
using Xunit;

namespace Silos.Tests.Verifier;

/// <summary>
/// A history as it happens, on a real chain with a real witness: a hub that the board admits later, a silo with snapshots, queries, a refused charge,
/// a redelivery, a suspended and a revoked permit, and a raised limit. Its export is what the tests corrupt.
/// </summary>
public sealed class TrueHistory : IAsyncLifetime
{
    public const string Silo = "researchhub.example/serra-verde";
    public const string Hub = "researchhub.example/hub";

    public ChainFixture Chain { get; } = new();

    public string Folder { get; } = Directory.CreateTempSubdirectory("history").FullName;

    public Board Board { get; private set; } = null!;

    public SigningKey HubKey { get; } = SigningKey.Create();

    public SigningKey WitnessKey { get; private set; } = null!;

    public string WitnessName { get; private set; } = "";

    /// <summary>The export's files by name.</summary>
    public HistoryFiles Files { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        await Chain.InitializeAsync();
        if (Story.Anvil.Find() is null)
        {
            return;
        }

        var deployment = Path.Combine(Folder, "deployment.json");
        await using var witness = new RunningWitness(Folder, "w1", Chain.Anvil.Url, deployment);
        (WitnessKey, WitnessName) = (SigningKey.From(witness.Key.ToJwk()), witness.Name);
        Board = await Chain.FoundAsync(new Amount(1_000, 0), Hash32.Of(Silo), witness.Key);
        Board.Client.Deployment.Write(deployment);
        await witness.StartAsync();
        await AdmitHubAsync();
        using var http = new HttpClient();
        var witnesses = new WitnessQuorum(http, [witness.Known], 1);
        var permit = (await Board.IssueAsync(new Amount(600, 0))).PermitId;
        var second = (await Board.IssueAsync(new Amount(600, 0))).PermitId;
        var silo = await RunAsync(Silo, Board.Silo, Board.Client, witnesses, log => LiveAsync(log, permit, second));
        using var hubClient = new ChainClient(Chain.Anvil.Rpc, Board.Client.Deployment, (await Deployer.AccountsAsync(Chain.Anvil.Rpc))[2]);
        var hub = await RunAsync(Hub, HubKey, hubClient, witnesses, async log =>
        {
            await log.AppendAsync(LedgerLog.Draft(EntryKind.Application("submitted"), HubKey.Id));
            await FinalAsync(log, LedgerLog.Draft(EntryKind.PermitIssued, HubKey.Id) with { Permit = permit });
        });
        var zip = new MemoryStream();
        await HistoryExport.WriteAsync(zip, _ => Task.FromResult<IReadOnlyList<LogHistory>>([silo, hub]), Board.Client, Board.Silo, witnesses, TimeProvider.System);
        Files = HistoryFiles.Read(zip.ToArray());
    }

    public async ValueTask DisposeAsync()
    {
        Board?.Dispose();
        HubKey.Dispose();
        WitnessKey?.Dispose();
        await Chain.DisposeAsync();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(Folder, recursive: true);
    }

    private async Task AdmitHubAsync()
    {
        await Board.ApproveAsync(Subjects.ChangeMember(HubKey.Public, Roles.Organisation | Roles.Log, null, 0));
        Assert.True((await Board.Client.ChangeMemberAsync(HubKey.Public, Roles.Organisation | Roles.Log)).Done);
        var log = new RegisteredLog(Hash32.Of(Hub), HubKey.Id, (await Deployer.AccountsAsync(Chain.Anvil.Rpc))[2]);
        await Board.ApproveAsync(Subjects.ChangeLog(log, 1));
        Assert.True((await Board.Client.ChangeLogAsync(log)).Done);
    }

    private async Task LiveAsync(LedgerLog log, Hash32 permit, Hash32 second)
    {
        var (version, first, later) = (Hash32.Of("version 1"), Hash32.Of("snapshot 1"), Hash32.Of("snapshot 2"));
        await FinalAsync(log, Draft(EntryKind.DatasetRegistered) with { DatasetRoot = version });
        var seeds = new Queue<Hash32>(Enumerable.Range(0, 8).Select(_ => Hash32.Random()));
        foreach (var seed in seeds)
        {
            await FinalAsync(log, Draft(EntryKind.SeedCommitted) with { SubjectHash = seed });
        }

        await FinalAsync(log, Draft(EntryKind.ConsentSnapshot) with { ConsentRoot = first });
        Entry Query(Hash32 permitId, Hash32 snapshot, ulong rho, string kind = EntryKind.Query) => Draft(kind) with
        {
            Permit = permitId,
            DatasetRoot = version,
            ConsentRoot = snapshot,
            Nonce = Nonce.New(),
            QueryHash = Hash32.Random(),
            AnswerHash = Hash32.Random(),
            SubjectHash = kind == EntryKind.Query ? seeds.Dequeue() : null,
            Charge = rho == 0 ? null : Charge.Of(rho, 0),
        };
        await FinalAsync(log, Query(permit, first, 300));
        await FinalAsync(log, Draft(EntryKind.ConsentSnapshot) with { ConsentRoot = later });
        await Task.WhenAll(FinalAsync(log, Query(permit, later, 200)), FinalAsync(log, Query(second, later, 100)));
        Assert.IsType<Settled.Refused>((await FinalAsync(log, Query(permit, later, 200))).Settlement);
        await FinalAsync(log, Query(permit, first, 0, EntryKind.Redelivery));
        Assert.True((await Board.Client.CastVoteAsync(Board.Vote(2, Subjects.Act(second, PermitAct.Suspend, 0)))).Done);
        Assert.True((await Board.Client.SuspendAsync(second)).Done);
        Assert.IsType<Settled.Refused>((await FinalAsync(log, Query(second, later, 10))).Settlement);
        await Board.ApproveAsync(Subjects.Act(second, PermitAct.Revoke, 1));
        Assert.True((await Board.Client.RevokeAsync(second)).Done);
        await Board.ApproveAsync(Subjects.ChangeLimit(new Limit(log.Id, new Amount(2_000, 0)), 0));
        Assert.True((await Board.Client.ChangeLimitAsync(new Limit(log.Id, new Amount(2_000, 0)))).Done);
        foreach (var (permits, changes) in new[] { (true, 0UL), (false, 1UL) })
        {
            await Board.ApproveAsync(Subjects.SetSilence(log.Id, Hash32.Of("dataset"), permits, changes));
            Assert.True((await Board.Client.SetSilenceAsync(log.Id, Hash32.Of("dataset"), permits)).Done);
        }

        await FinalAsync(log, Query(permit, later, 50));
    }

    private Entry Draft(string kind) => LedgerLog.Draft(kind, Board.Silo.Id);

    private static async Task<FinalEntry> FinalAsync(LedgerLog log, Entry draft) => await log.WhenFinalAsync((await log.AppendAsync(draft)).Seq, TestContext.Current.CancellationToken);

    private async Task<LogHistory> RunAsync(string origin, SigningKey key, ChainClient client, WitnessQuorum witnesses, Func<LedgerLog, Task> live)
    {
        await using var database = new Database($"Data Source={Path.Combine(Folder, Path.GetFileName(origin) + ".db")}");
        using var log = new LedgerLog(database, key, origin, client, new LogOptions { BatchAge = TimeSpan.FromMilliseconds(5) }, TimeProvider.System, NullLogger<LedgerLog>.Instance, witnesses);
        await log.OpenAsync();
        using var stop = new CancellationTokenSource();
        var running = log.RunAsync(stop.Token);
        await live(log);
        await stop.CancelAsync();
        await Record.ExceptionAsync(() => running);
        return await log.HistoryAsync();
    }
}
