using Silos.Ledger.Chain;
using Silos.Ledger.Records;
using Story;
using Xunit;

namespace Silos.Tests.Chain;

/// <summary>One anvil for the tests of a class, and fresh deployments on it: a board of three with quorum two, and one silo's log.</summary>
public sealed class ChainFixture : IAsyncLifetime
{
    private Anvil? anvil;

    public Anvil Anvil => anvil ?? throw new InvalidOperationException("the fixture was not started");

    public async ValueTask InitializeAsync()
    {
        if (Anvil.Find() is not null)
        {
            anvil = await Anvil.StartAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (anvil is not null)
        {
            await anvil.DisposeAsync();
        }
    }

    /// <summary>Skips the test where anvil is not installed; on CI that is a failure.</summary>
    public void Require()
    {
        if (anvil is null)
        {
            Assert.SkipUnless(Environment.GetEnvironmentVariable("CI") == "true", Anvil.Missing);
            Assert.Fail(Anvil.Missing);
        }
    }

    public async Task<Board> FoundAsync(Amount limit, Hash32? logId = null, params SigningKey[] witnesses)
    {
        Require();
        return await Board.FoundAsync(Anvil.Rpc, limit, logId, witnesses);
    }
}

/// <summary>A deployment, with the keys of its board and its silo.</summary>
public sealed class Board : IDisposable
{
    private Board(SigningKey[] members, SigningKey silo, Hash32 logId, ChainClient client)
    {
        Members = members;
        Silo = silo;
        LogId = logId;
        Client = client;
    }

    public IReadOnlyList<SigningKey> Members { get; }

    public SigningKey Silo { get; }

    public Hash32 LogId { get; }

    public ChainClient Client { get; }

    public static async Task<Board> FoundAsync(JsonRpc rpc, Amount limit, Hash32? log = null, params SigningKey[] witnesses)
    {
        SigningKey[] members = [SigningKey.Create(), SigningKey.Create(), SigningKey.Create()];
        var silo = SigningKey.Create();
        var logId = log ?? Hash32.Random();
        var accounts = await Deployer.AccountsAsync(rpc);
        var founding = new Founding(
            [.. members.Select(key => new Member(key.Public.Jwk, Roles.Board)), new Member(silo.Public.Jwk, Roles.Organisation | Roles.Log), .. witnesses.Select(key => new Member(key.Public.Jwk, Roles.Witness))],
            [new RegisteredLog(logId, silo.Id, accounts[1])],
            2,
            [new Limit(logId, limit)]);
        var deployment = await Deployer.DeployAsync(rpc, founding);
        return new Board(members, silo, logId, new ChainClient(rpc, deployment, accounts[1]));
    }

    public SignedRecord Vote(int member, Hash32 subject, string decision = "approve", string? nonce = null) => SignedRecord.Sign(
        new Vote(Client.Deployment.ChainId, Client.Deployment.Members, nonce ?? Nonce.ForVote(), Members[member].Id, decision, subject),
        Members[member]);

    /// <summary>Two of three approve.</summary>
    public async Task ApproveAsync(Hash32 subject)
    {
        Assert.True((await Client.CastVoteAsync(Vote(0, subject))).Done);
        Assert.True((await Client.CastVoteAsync(Vote(1, subject))).Done);
    }

    public Terms Terms(Amount most) => new(Hash32.Random(), DateTimeOffset.FromUnixTimeSeconds(4_000_000_000), [new Cap(LogId, most)]);

    public async Task<Terms> IssueAsync(Amount most)
    {
        var terms = Terms(most);
        await ApproveAsync(Subjects.Issue(terms));
        Assert.True((await Client.IssuePermitAsync(terms)).Done);
        return terms;
    }

    public void Dispose()
    {
        Client.Dispose();
        Silo.Dispose();
        foreach (var member in Members)
        {
            member.Dispose();
        }
    }
}
