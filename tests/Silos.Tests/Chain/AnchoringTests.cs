using Silos.Ledger.Chain;
using Silos.Ledger.Records;
using Xunit;

namespace Silos.Tests.Chain;

public sealed class AnchoringTests(ChainFixture chain) : IClassFixture<ChainFixture>
{
    /// <summary>Goal: charges are settled one by one within caps, and none wedges the log. Method: one batch with a fitting, an over-cap, an unknown, a duplicate and a foreign charge.</summary>
    [Fact]
    public async Task Each_charge_is_settled_by_itself()
    {
        using var board = await chain.FoundAsync(new Amount(800, 0));
        var id = (await board.IssueAsync(new Amount(500, 0))).PermitId;
        var stranger = Hash32.Random();
        var result = await board.Client.AnchorAsync(board.LogId, 8, Hash32.Random(), [],
        [
            new BatchCharge(0, id, new Amount(300, 0)),
            new BatchCharge(1, id, new Amount(300, 0)),
            new BatchCharge(2, stranger, new Amount(1, 0)),
            new BatchCharge(2, id, new Amount(1, 0)),
            new BatchCharge(5, id, new Amount(200, 0)),
            new BatchCharge(8, id, default),
        ]);
        Assert.Equal(
            [ChargeRefusal.None, ChargeRefusal.OverPermitCap, ChargeRefusal.UnknownPermit, ChargeRefusal.NotInBatch, ChargeRefusal.None, ChargeRefusal.NotInBatch],
            result.Anchoring!.Settlements.Select(settled => settled.Refusal));
        Assert.Equal(new Amount(500, 0), (await board.Client.ReadPermitAsync(id, board.LogId)).Spent);
        Assert.Equal(new RegisterBudget(new Amount(800, 0), new Amount(500, 0), 0), await board.Client.ReadBudgetAsync(board.LogId));
    }

    /// <summary>Goal: the contract accepts the RFC 9162 consistency proof between any two sizes, and no other root. Method: all pairs up to 24 leaves, each with the true and with an altered proof.</summary>
    [Fact]
    public async Task A_checkpoint_is_anchored_only_with_its_consistency_proof()
    {
        using var board = await chain.FoundAsync(default);
        var leaves = Enumerable.Range(0, 24).Select(index => Hash32.Of([0x00, (byte)index])).ToArray();
        var size = 0;
        foreach (var next in (int[])[1, 2, 3, 4, 6, 7, 8, 13, 16, 17, 24])
        {
            Hash32[] proof = [.. ReferenceTree.Consistency(leaves.AsSpan(..next), size)];
            var root = ReferenceTree.Root(leaves.AsSpan(..next));
            if (size > 0)
            {
                Assert.Equal("TransparencyLogInconsistent", (await board.Client.AnchorAsync(board.LogId, (ulong)next, Hash32.Random(), proof, [])).Refusal?.Error);
                Assert.Equal("TransparencyLogInconsistent", (await board.Client.AnchorAsync(board.LogId, (ulong)next, root, [.. proof, Hash32.Random()], [])).Refusal?.Error);
            }

            Assert.NotNull((await board.Client.AnchorAsync(board.LogId, (ulong)next, root, proof, [])).Anchoring);
            size = next;
        }

        Assert.Equal("TransparencyLogNotLarger", (await board.Client.AnchorAsync(board.LogId, 23, leaves[0], [], [])).Refusal?.Error);
    }

    /// <summary>Goal: a checkpoint sent again after a lost answer is found, not refused. Method: anchor the same twice, and look it up by size and by transaction.</summary>
    [Fact]
    public async Task A_checkpoint_sent_twice_is_found()
    {
        using var board = await chain.FoundAsync(new Amount(800, 0));
        var id = (await board.IssueAsync(new Amount(500, 0))).PermitId;
        var root = Hash32.Random();
        var first = (await board.Client.AnchorAsync(board.LogId, 4, root, [], [new BatchCharge(3, id, new Amount(300, 0))])).Anchoring!;
        var again = (await board.Client.AnchorAsync(board.LogId, 4, root, [], [new BatchCharge(3, id, new Amount(300, 0))])).Anchoring!;
        Assert.Equal(first.Receipt.Hash, again.Receipt.Hash);
        Assert.True(Assert.Single(again.Settlements).Posted);
        Assert.Equal(new AnchoredCheckpoint(4, root, first.Receipt.Block.Number), await board.Client.ReadAnchorAsync(board.LogId));
        Assert.Equal(first.Receipt.Hash, (await board.Client.FindAnchoringAsync(board.LogId, 4))!.Receipt.Hash);
        Assert.Equal(root, (await board.Client.ReadAnchoringAsync(first.Receipt.Hash))!.Root);
        Assert.Null(await board.Client.FindAnchoringAsync(board.LogId, 5));
        Assert.Null(await board.Client.ReadAnchoringAsync(Hash32.Random().ToHex()));
    }

    /// <summary>Goal: only the log's own account anchors. Method: send from another.</summary>
    [Fact]
    public async Task Another_account_cannot_anchor()
    {
        using var board = await chain.FoundAsync(default);
        var accounts = await Deployer.AccountsAsync(chain.Anvil.Rpc);
        using var other = new ChainClient(chain.Anvil.Rpc, board.Client.Deployment, accounts[2]);
        Assert.Equal("TransparencyLogNotTheLog", (await other.AnchorAsync(board.LogId, 1, Hash32.Random(), [], [])).Refusal?.Error);
    }

    /// <summary>Goal: the largest batch fits into one transaction of a production chain (2^24 gas). Method: 256 charges over 16 permits, each permit's first.</summary>
    [Fact]
    public async Task The_largest_batch_fits_into_a_transaction()
    {
        using var board = await chain.FoundAsync(new Amount(ulong.MaxValue, 0));
        var permits = new List<Hash32>();
        for (var i = 0; i < 4; i++)
        {
            permits.Add((await board.IssueAsync(new Amount(1000, 0))).PermitId);
        }

        BatchCharge[] charges = [.. Enumerable.Range(0, ChainClient.MostCharges).Select(seq => new BatchCharge((ulong)seq, permits[seq % 4], new Amount(1, 0)))];
        var anchoring = (await board.Client.AnchorAsync(board.LogId, 256, Hash32.Random(), [], charges)).Anchoring!;
        Assert.All(anchoring.Settlements, settled => Assert.True(settled.Posted));
        TestContext.Current.TestOutputHelper?.WriteLine($"gas: {anchoring.Receipt.GasUsed} for {charges.Length} charges");
        Assert.InRange(anchoring.Receipt.GasUsed, 0UL, 1UL << 24);
    }
}
