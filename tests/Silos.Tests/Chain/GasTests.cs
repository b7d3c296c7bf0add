using System.Diagnostics;
using System.Globalization;
using Silos.Ledger.Chain;
using Silos.Ledger.Records;
using Story;
using Xunit;

namespace Silos.Tests.Chain;

public sealed class GasTests(ChainFixture chain) : IClassFixture<ChainFixture>
{
    /// <summary>Goal: the README's gas table tells the truth. Method: do each act on a real chain and compare within 2 % (the bytes of keys and hashes vary).</summary>
    [Fact]
    public async Task The_readmes_gas_table_holds()
    {
        using var board = await chain.FoundAsync(new Amount(ulong.MaxValue, ulong.MaxValue, 9));
        var measured = new Dictionary<string, ulong>();
        var terms = board.Terms(new Amount(ulong.MaxValue, 0));
        measured["vote with a key file"] = Gas(await board.Client.CastVoteAsync(board.Vote(0, Subjects.Issue(terms))));
        measured["vote with a passkey"] = Gas(await board.Client.CastVoteAsync(Passkey.Vote(board, 1, Hash32.Random())));
        await board.Client.CastVoteAsync(board.Vote(1, Subjects.Issue(terms)));
        measured["issue a permit with one cap"] = Gas(await board.Client.IssuePermitAsync(terms));
        var log = new Growing(board);
        measured["anchor a log's first checkpoint"] = await log.AnchorAsync(256, []);
        measured["anchor 256 more entries"] = await log.AnchorAsync(512, []);
        measured["… with a permit's first charge"] = await log.AnchorAsync(768, [new BatchCharge(700, terms.PermitId, new Amount(6_641_525, 0))]);
        measured["… with one charge"] = await log.AnchorAsync(1024, [new BatchCharge(1000, terms.PermitId, new Amount(6_641_525, 0))]);
        measured["… with 256 charges"] = await log.AnchorAsync(1280, [.. Enumerable.Range(1024, 256).Select(seq => new BatchCharge((ulong)seq, terms.PermitId, new Amount(6_641_525, 0)))]);
        await board.Client.CastVoteAsync(board.Vote(0, Subjects.Act(terms.PermitId, PermitAct.Suspend, 0)));
        measured["suspend a permit"] = Gas(await board.Client.SuspendAsync(terms.PermitId));
        var limit = new Limit(board.LogId, new Amount(ulong.MaxValue, 1, 1));
        await board.ApproveAsync(Subjects.ChangeLimit(limit, 0));
        measured["change a limit"] = Gas(await board.Client.ChangeLimitAsync(limit));
        using var next = SigningKey.Create();
        await board.ApproveAsync(Subjects.ChangeMember(next.Public, Roles.Log, board.Silo.Id, 0));
        measured["rotate a log's key"] = Gas(await board.Client.ChangeMemberAsync(next.Public, Roles.Log, board.Silo.Id));

        foreach (var (act, gas) in measured)
        {
            TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {act} | {gas:N0} |"));
        }

        var told = (await File.ReadAllLinesAsync(Path.Combine(Repository.Root, "Silos/Ledger/Contracts/README.md"), TestContext.Current.CancellationToken))
            .Select(line => line.Split('|', StringSplitOptions.TrimEntries))
            .Where(cells => cells.Length == 4 && measured.ContainsKey(cells[1]))
            .ToDictionary(cells => cells[1], cells => double.Parse(cells[2], NumberStyles.AllowThousands, CultureInfo.InvariantCulture));
        Assert.Equal(measured.Keys.Order(), told.Keys.Order());
        Assert.All(measured, item => Assert.InRange(item.Value, told[item.Key] * 0.98, told[item.Key] * 1.02));
    }

    /// <summary>Goal: the figure for anchorings a second. Method: 500 in a row through one client on a fresh chain, empty of charges; only on demand, and no limit, since machines differ.</summary>
    [Fact]
    public async Task Anchorings_a_second()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("RESEARCHHUB_LONG") == "1", "a figure, not a check: set RESEARCHHUB_LONG=1");
        chain.Require();
        await using var fresh = await Anvil.StartAsync();
        using var board = await Board.FoundAsync(fresh.Rpc, default);
        var log = new Growing(board);
        await log.AnchorAsync(1, []);
        var waits = new List<TimeSpan>();
        var began = Stopwatch.GetTimestamp();
        for (var size = 2; size <= 501; size++)
        {
            var sent = Stopwatch.GetTimestamp();
            await log.AnchorAsync(size, []);
            waits.Add(Stopwatch.GetElapsedTime(sent));
        }

        var whole = Stopwatch.GetElapsedTime(began);
        waits.Sort();
        var head = (await board.Client.ReadBlockAsync())!;
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{500 / whole.TotalSeconds:F0} anchorings/s, call to final p50 {waits[250].TotalMilliseconds:F1} ms, p99 {waits[495].TotalMilliseconds:F1} ms, {head.Number} blocks"));
    }

    private static ulong Gas(TransactionResult result) => result.Receipt?.GasUsed ?? throw new InvalidOperationException(result.Refusal!.Text);

    /// <summary>A log that grows by made-up leaves and is anchored with true proofs.</summary>
    private sealed class Growing(Board board)
    {
        private int size;

        public async Task<ulong> AnchorAsync(int next, IReadOnlyList<BatchCharge> charges)
        {
            var leaves = Enumerable.Range(0, next).Select(index => Hash32.Of(BitConverter.GetBytes(index))).ToArray();
            var result = await board.Client.AnchorAsync(board.LogId, (ulong)next, ReferenceTree.Root(leaves), ReferenceTree.Consistency(leaves, size), charges);
            size = next;
            return result.Anchoring?.Receipt.GasUsed ?? throw new InvalidOperationException(result.Refusal!.Text);
        }
    }
}
