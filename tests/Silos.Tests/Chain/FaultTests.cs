using System.Text.Json.Nodes;
using Silos.Ledger.Chain;
using Silos.Ledger.Records;
using Story;
using Xunit;

namespace Silos.Tests.Chain;

public sealed class FaultTests(ChainFixture chain) : IClassFixture<ChainFixture>
{
    public static MatrixTheoryData<string, Fault> Faults { get; } = new(
        ["eth_getTransactionCount", "eth_gasPrice", "eth_sendTransaction", "eth_getTransactionReceipt", "eth_getBlockByNumber"],
        Enum.GetValues<Fault>());

    /// <summary>Goal: whatever happens to any message of an anchoring, asking again anchors once and charges once. Method: each fault at each call, then the same call again.</summary>
    [Theory]
    [MemberData(nameof(Faults))]
    public async Task An_anchoring_that_is_repeated_charges_once(string method, Fault fault)
    {
        using var board = await chain.FoundAsync(new Amount(800, 0));
        var id = (await board.IssueAsync(new Amount(500, 0))).PermitId;
        using var wire = new FaultyWire();
        using var http = new HttpClient(wire);
        using var client = new ChainClient(new JsonRpc(http, chain.Anvil.Url), board.Client.Deployment, (await Deployer.AccountsAsync(chain.Anvil.Rpc))[1]);
        var root = Hash32.Random();
        wire.Arm(method, fault);
        var anchoring = await AnchorAsync();
        Assert.True(Assert.Single(anchoring.Settlements).Posted);
        Assert.Equal(300UL, (await client.ReadBudgetAsync(board.LogId)).Spent.Rho);
        Assert.Single(await client.ReadEventsAsync(), item => item.Name == "ChargePosted");

        async Task<Anchoring> AnchorAsync()
        {
            for (var attempt = 0; ; attempt++)
            {
                try
                {
                    return (await client.AnchorAsync(board.LogId, 4, root, [], [new BatchCharge(3, id, new Amount(300, 0))])).Anchoring!;
                }
                catch (LedgerUnavailableException gone) when (attempt == 0)
                {
                    Assert.Contains(chain.Anvil.Url.ToString(), gone.Message, StringComparison.Ordinal);
                }
            }
        }
    }

    /// <summary>Goal: the same for a vote and for issuing. Method: each fault at the sending, then the same call again.</summary>
    [Theory]
    [InlineData(Fault.Drop)]
    [InlineData(Fault.LoseAnswer)]
    [InlineData(Fault.Duplicate)]
    public async Task A_vote_and_an_issue_that_are_repeated_are_done_once(Fault fault)
    {
        using var board = await chain.FoundAsync(new Amount(800, 0));
        using var wire = new FaultyWire();
        using var http = new HttpClient(wire);
        using var client = new ChainClient(new JsonRpc(http, chain.Anvil.Url), board.Client.Deployment, (await Deployer.AccountsAsync(chain.Anvil.Rpc))[1]);
        var terms = board.Terms(new Amount(1, 0));
        foreach (var vote in (SignedRecord[])[board.Vote(0, Subjects.Issue(terms)), board.Vote(1, Subjects.Issue(terms))])
        {
            await RepeatAsync(() => client.CastVoteAsync(vote));
        }

        await RepeatAsync(() => client.IssuePermitAsync(terms));
        Assert.Equal(PermitStatus.Active, (await client.ReadPermitAsync(terms.PermitId, board.LogId)).Status);

        async Task RepeatAsync(Func<Task<TransactionResult>> send)
        {
            wire.Arm("eth_sendTransaction", fault);
            try
            {
                Assert.True((await send()).Done);
            }
            catch (LedgerUnavailableException)
            {
                Assert.True((await send()).Done);
            }
        }
    }

    /// <summary>Goal: a vote that is repeated while its first sending still waits for a block is done, not refused. Method: mining stopped, a vote whose answer is lost, the same vote again; a block only once the node holds both, or the repetition gave up.</summary>
    [Fact]
    public async Task A_vote_that_is_repeated_before_its_block_is_done()
    {
        using var board = await chain.FoundAsync(default);
        using var wire = new FaultyWire();
        using var http = new HttpClient(wire);
        using var client = new ChainClient(new JsonRpc(http, chain.Anvil.Url), board.Client.Deployment, (await Deployer.AccountsAsync(chain.Anvil.Rpc))[1]);
        var vote = board.Vote(0, Hash32.Random());
        await chain.Anvil.Rpc.CallAsync("evm_setAutomine", [false], TestContext.Current.CancellationToken);
        try
        {
            wire.Arm("eth_sendTransaction", Fault.LoseAnswer);
            await Assert.ThrowsAsync<LedgerUnavailableException>(() => client.CastVoteAsync(vote));
            var again = client.CastVoteAsync(vote);
            await Until.TrueAsync("both sendings at the node", TimeSpan.FromSeconds(30), async () => again.IsCompleted
                || (await chain.Anvil.Rpc.CallAsync("txpool_status", [], TestContext.Current.CancellationToken)).GetProperty("pending").GetString() == "0x2");
            await chain.Anvil.Rpc.CallAsync("evm_mine", [], TestContext.Current.CancellationToken);
            Assert.True((await again).Done);
        }
        finally
        {
            await chain.Anvil.Rpc.CallAsync("evm_setAutomine", [true], TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Goal: a vote that is repeated while the node shows its state but not yet its event, as anvil does for a moment, is done, not refused. Method: a vote, and the same again over a wire that leaves the events out of the first answer about them.</summary>
    [Fact]
    public async Task A_vote_that_is_repeated_before_its_event_is_shown_is_done()
    {
        using var board = await chain.FoundAsync(default);
        var looks = 0;
        using var wire = new TappedWire((asked, answer) => Task.FromResult(
            asked.Contains("\"eth_getLogs\"", StringComparison.Ordinal) && looks++ == 0 ? WithoutEvents(answer) : answer));
        using var http = new HttpClient(wire);
        using var client = new ChainClient(new JsonRpc(http, chain.Anvil.Url), board.Client.Deployment, (await Deployer.AccountsAsync(chain.Anvil.Rpc))[1]);
        var vote = board.Vote(0, Hash32.Random());
        var first = await client.CastVoteAsync(vote);
        var again = await client.CastVoteAsync(vote);
        Assert.Equal(first.Receipt!.Hash, again.Receipt?.Hash);
        Assert.Equal(2, looks);
    }

    /// <summary>Goal: an anchoring whose block was dropped is not taken for final, and can be made again. Method: roll the chain back from under it.</summary>
    [Fact]
    public async Task A_dropped_block_takes_its_anchoring_with_it()
    {
        using var board = await chain.FoundAsync(new Amount(800, 0));
        var id = (await board.IssueAsync(new Amount(500, 0))).PermitId;
        var root = Hash32.Random();
        BatchCharge[] charges = [new BatchCharge(3, id, new Amount(300, 0))];
        var before = await chain.Anvil.Rpc.CallAsync("evm_snapshot", [], TestContext.Current.CancellationToken);
        var lost = (await board.Client.AnchorAsync(board.LogId, 4, root, [], charges)).Anchoring!;
        await chain.Anvil.Rpc.CallAsync("evm_revert", [before.GetString()], TestContext.Current.CancellationToken);
        Assert.Null(await board.Client.ReadAnchoringAsync(lost.Receipt.Hash));
        Assert.Equal(0UL, (await board.Client.ReadAnchorAsync(board.LogId)).Size);
        Assert.NotEqual(lost.Receipt.Block.Hash, (await board.Client.ReadBlockAsync(lost.Receipt.Block.Number))?.Hash);

        var again = (await board.Client.AnchorAsync(board.LogId, 4, root, [], charges)).Anchoring!;
        Assert.True(Assert.Single(again.Settlements).Posted);
        Assert.Equal(300UL, (await board.Client.ReadBudgetAsync(board.LogId)).Spent.Rho);
    }

    /// <summary>Goal: with confirmations asked for, nothing counts before as many blocks lie on top. Method: anchor, see it wait, mine, see it done.</summary>
    [Fact]
    public async Task Confirmations_are_waited_for()
    {
        using var board = await chain.FoundAsync(default);
        using var patient = new ChainClient(chain.Anvil.Rpc, board.Client.Deployment, (await Deployer.AccountsAsync(chain.Anvil.Rpc))[1], confirmations: 2);
        var anchoring = patient.AnchorAsync(board.LogId, 1, Hash32.Random(), [], [], TestContext.Current.CancellationToken);
        while ((await board.Client.ReadAnchorAsync(board.LogId)).Size == 0)
        {
            await Task.Yield();
        }

        await chain.Anvil.Rpc.CallAsync("evm_mine", [], TestContext.Current.CancellationToken);
        Assert.False(anchoring.IsCompleted);
        await chain.Anvil.Rpc.CallAsync("evm_mine", [], TestContext.Current.CancellationToken);
        Assert.NotNull((await anchoring).Anchoring);
    }

    /// <summary>Goal: a stopped chain is said so, a restarted one is the same, a rolled-back one is noticed, and a re-created one is refused. Method: one state file through stop, start, kill and loss.</summary>
    [Fact]
    public async Task A_chain_that_was_restarted_is_known_again_and_one_made_anew_is_refused()
    {
        chain.Require();
        var folder = Directory.CreateTempSubdirectory("chain");
        try
        {
            var file = Path.Combine(folder.FullName, "state.json");
            Board board;
            Anchoring anchoring;
            Uri stopped;
            await using (var first = await Anvil.StartAsync(file))
            {
                board = await Board.FoundAsync(first.Rpc, default);
                anchoring = (await board.Client.AnchorAsync(board.LogId, 1, Hash32.Random(), [], [])).Anchoring!;
                board.Client.Deployment.Write(file + ".deployment");
                stopped = first.Url;
            }

            using var _ = board;
            using var http = new HttpClient();
            using var alone = new ChainClient(new JsonRpc(http, stopped), board.Client.Deployment);
            var silence = await Assert.ThrowsAsync<LedgerUnavailableException>(() => alone.ReadAnchorAsync(board.LogId));
            Assert.Contains($"the ledger at {stopped} does not answer", silence.Message, StringComparison.Ordinal);

            await using (var second = await Anvil.StartAsync(file))
            {
                using var client = new ChainClient(second.Rpc, Deployment.Read(file + ".deployment"));
                await client.CheckDeploymentAsync(TestContext.Current.CancellationToken);
                Assert.Equal(anchoring.Root, (await client.ReadAnchoringAsync(anchoring.Receipt.Hash))!.Root);
                Assert.Equal(1UL, (await client.ReadAnchorAsync(board.LogId)).Size);
                await second.KillAsync();
            }

            await using var third = await Anvil.StartAsync();
            using var lost = new ChainClient(third.Rpc, board.Client.Deployment);
            var anew = await Assert.ThrowsAsync<WrongLedgerException>(() => lost.CheckDeploymentAsync());
            Assert.Contains("made anew", anew.Message, StringComparison.Ordinal);
            await Assert.ThrowsAsync<WrongLedgerException>(() => lost.ReadAnchorAsync(board.LogId));

            var genesis = (await lost.ReadBlockAsync(0))!.Hash;
            using var bare = new ChainClient(third.Rpc, board.Client.Deployment with { GenesisHash = genesis, FirstBlockHash = null });
            Assert.Contains("no contract Members", (await Assert.ThrowsAsync<WrongLedgerException>(() => bare.CheckDeploymentAsync())).Message, StringComparison.Ordinal);
            using var other = new ChainClient(third.Rpc, board.Client.Deployment with { ChainId = "1" });
            Assert.Contains("is chain 31337", (await Assert.ThrowsAsync<WrongLedgerException>(() => other.CheckDeploymentAsync())).Message, StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Goal: sends of one client may overlap. Method: forty votes at once through one client.</summary>
    [Fact]
    public async Task Overlapping_sends_take_their_turn()
    {
        using var board = await chain.FoundAsync(default);
        var votes = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => board.Client.CastVoteAsync(board.Vote(0, Hash32.Random()))));
        Assert.All(votes, vote => Assert.True(vote.Done));
        Assert.Equal(40, votes.Select(vote => vote.Receipt!.Hash).Distinct().Count());
    }

    /// <summary>Goal: a node that cannot do what it is asked is unavailable, not a crash. Method: ask for a method that it does not have.</summary>
    [Fact]
    public async Task A_nodes_own_error_is_an_unavailable_ledger()
    {
        chain.Require();
        var refused = await Assert.ThrowsAsync<RpcException>(() => chain.Anvil.Rpc.CallAsync("eth_noSuchMethod", [], TestContext.Current.CancellationToken));
        Assert.IsAssignableFrom<LedgerUnavailableException>(refused);
        Assert.Null(refused.RevertData);
    }

    /// <summary>Goal: a founding that the contracts refuse is said in their words. Method: a quorum larger than the board.</summary>
    [Fact]
    public async Task A_founding_without_a_board_is_refused_with_the_reason()
    {
        chain.Require();
        using var key = SigningKey.Create();
        var founding = new Founding([new Member(key.Public.Jwk, Roles.Board)], [], 2, []);
        var refused = await Assert.ThrowsAsync<ArgumentException>(() => Deployer.DeployAsync(chain.Anvil.Rpc, founding));
        Assert.Contains("""MembersInvalidQuorum {"quorum":"2","board":"1"}""", refused.Message, StringComparison.Ordinal);
    }

    private static string WithoutEvents(string answer)
    {
        var reply = JsonNode.Parse(answer)!;
        reply["result"] = new JsonArray();
        return reply.ToJsonString();
    }
}
