using Silos.Ledger.Chain;
using Silos.Ledger.Records;
using Xunit;

namespace Silos.Tests.Chain;

public sealed class PermitsOnTheChainTests(ChainFixture chain) : IClassFixture<ChainFixture>
{
    /// <summary>Goal: a permit is in force only by two members' votes on exactly its terms. Method: one vote, two votes, other terms.</summary>
    [Fact]
    public async Task A_permit_needs_the_quorum_on_its_very_terms()
    {
        using var board = await chain.FoundAsync(new Amount(1000, 1000, 1));
        var terms = board.Terms(new Amount(500, 0));
        await board.Client.CastVoteAsync(board.Vote(0, Subjects.Issue(terms)));
        Assert.Equal("PermitsNotApproved", (await board.Client.IssuePermitAsync(terms)).Refusal?.Error);

        await board.Client.CastVoteAsync(board.Vote(1, Subjects.Issue(terms)));
        var wider = terms with { Caps = [new Cap(board.LogId, new Amount(501, 0))] };
        Assert.Equal("PermitsNotApproved", (await board.Client.IssuePermitAsync(wider)).Refusal?.Error);

        Assert.True((await board.Client.IssuePermitAsync(terms)).Done);
        var state = await board.Client.ReadPermitAsync(terms.PermitId, board.LogId);
        Assert.Equal(new PermitState(PermitStatus.Active, terms.NotAfter, 0, true, new Amount(500, 0), default), state);
        Assert.False((await board.Client.ReadPermitAsync(terms.PermitId, Hash32.Random())).Granted);
        Assert.Equal(PermitStatus.None, (await board.Client.ReadPermitAsync(Hash32.Random(), board.LogId)).Status);
    }

    /// <summary>Goal: one member can suspend, and only the quorum can resume or revoke. Method: each act with its votes, each with too few.</summary>
    [Fact]
    public async Task One_member_suspends_and_the_quorum_resumes_or_revokes()
    {
        using var board = await chain.FoundAsync(new Amount(1000, 1000, 1));
        var id = (await board.IssueAsync(new Amount(500, 0))).PermitId;
        Assert.Equal("PermitsNotApproved", (await board.Client.SuspendAsync(id)).Refusal?.Error);
        await board.Client.CastVoteAsync(board.Vote(2, Subjects.Act(id, PermitAct.Suspend, 0)));
        Assert.True((await board.Client.SuspendAsync(id)).Done);
        Assert.Equal(PermitStatus.Suspended, (await board.Client.ReadPermitAsync(id, board.LogId)).Status);

        await board.Client.CastVoteAsync(board.Vote(0, Subjects.Act(id, PermitAct.Resume, 1)));
        Assert.Equal("PermitsNotApproved", (await board.Client.ResumeAsync(id)).Refusal?.Error);
        await board.Client.CastVoteAsync(board.Vote(1, Subjects.Act(id, PermitAct.Resume, 1)));
        Assert.True((await board.Client.ResumeAsync(id)).Done);

        await board.ApproveAsync(Subjects.Act(id, PermitAct.Revoke, 1));
        Assert.Equal("PermitsNotApproved", (await board.Client.RevokeAsync(id)).Refusal?.Error);
        await board.ApproveAsync(Subjects.Act(id, PermitAct.Revoke, 2));
        Assert.True((await board.Client.RevokeAsync(id)).Done);
        Assert.Equal(PermitStatus.Revoked, (await board.Client.ReadPermitAsync(id, board.LogId)).Status);
        Assert.Equal("PermitsInvalidStatus", (await board.Client.ResumeAsync(id)).Refusal?.Error);
    }

    /// <summary>Goal: a vote counts once, and a vote that was sent twice is no error. Method: the same bytes again, then a new vote on the same subject.</summary>
    [Fact]
    public async Task A_vote_sent_twice_is_found_and_another_on_the_same_subject_is_refused()
    {
        using var board = await chain.FoundAsync(default);
        var subject = Hash32.Random();
        var vote = board.Vote(0, subject);
        var first = await board.Client.CastVoteAsync(vote);
        var again = await board.Client.CastVoteAsync(vote);
        Assert.Equal(first.Receipt!.Hash, again.Receipt!.Hash);
        Assert.Equal("VotesAlreadyCast", (await board.Client.CastVoteAsync(board.Vote(0, subject))).Refusal?.Error);
        Assert.Equal(1, await board.Client.ReadApprovalsAsync(subject));
    }

    /// <summary>Goal: nothing but a well-signed vote of the board reaches the chain's count. Method: forge, alter, vote as an outsider.</summary>
    [Fact]
    public async Task A_forged_or_foreign_vote_is_refused()
    {
        using var board = await chain.FoundAsync(default);
        var subject = Hash32.Random();
        var altered = board.Vote(0, subject);
        altered.Body["subject"] = Hash32.Random().ToString();
        await Assert.ThrowsAsync<FormatException>(() => board.Client.CastVoteAsync(altered));

        var vote = new Vote(board.Client.Deployment.ChainId, board.Client.Deployment.Members, Nonce.ForVote(), board.Silo.Id, "approve", subject);
        Assert.Equal("VotesNotOnBoard", (await board.Client.CastVoteAsync(SignedRecord.Sign(vote, board.Silo))).Refusal?.Error);
        await Assert.ThrowsAsync<FormatException>(() => board.Client.CastVoteAsync(SignedRecord.Sign(vote with { Member = board.Members[0].Id }, board.Silo)));
        Assert.Equal(0, await board.Client.ReadApprovalsAsync(subject));
    }

    /// <summary>Goal: a passkey's vote counts like a key file's. Method: an assertion made by hand, with challenge = SHA-256 of the canonical bytes.</summary>
    [Fact]
    public async Task A_passkey_votes()
    {
        using var board = await chain.FoundAsync(default);
        var subject = Hash32.Random();
        Assert.True((await board.Client.CastVoteAsync(Passkey.Vote(board, 0, subject))).Done);
        Assert.Equal(1, await board.Client.ReadApprovalsAsync(subject));
    }

    /// <summary>Goal: the board changes keys, budgets and its own quorum, and votes on an older state lapse. Method: rotate the silo's key, raise a limit, raise the quorum.</summary>
    [Fact]
    public async Task Members_and_limits_change_by_the_boards_vote_alone()
    {
        using var board = await chain.FoundAsync(new Amount(10, 0));
        using var next = SigningKey.Create();
        Assert.Equal("MembersNotApproved", (await board.Client.ChangeMemberAsync(next.Public, Roles.Log | Roles.Organisation, board.Silo.Id)).Refusal?.Error);
        await board.ApproveAsync(Subjects.ChangeMember(next.Public, Roles.Log | Roles.Organisation, board.Silo.Id, 0));
        await board.ApproveAsync(Subjects.ChangeQuorum(3, 0));
        Assert.True((await board.Client.ChangeMemberAsync(next.Public, Roles.Log | Roles.Organisation, board.Silo.Id)).Done);
        Assert.Equal("MembersNotApproved", (await board.Client.ChangeQuorumAsync(3)).Refusal?.Error);

        var members = await board.Client.ReadMembersAsync();
        Assert.Equal(Roles.None, members.Find(board.Silo.Id)!.Roles);
        Assert.Equal(next.Id, Assert.Single(members.Logs).Member);
        Assert.Equal((3, 2, 1UL), (members.Board.Count(), members.Quorum, members.Changes));

        var limit = new Limit(board.LogId, new Amount(20, 5, 1));
        await board.ApproveAsync(Subjects.ChangeLimit(limit, 0));
        Assert.True((await board.Client.ChangeLimitAsync(limit)).Done);
        Assert.Equal(new RegisterBudget(limit.Most, default, 1), await board.Client.ReadBudgetAsync(board.LogId));
        Assert.Equal("BudgetsNotApproved", (await board.Client.ChangeLimitAsync(limit with { Most = new Amount(21, 5, 1) })).Refusal?.Error);

        Assert.Equal(new SilenceState(false, 0), await board.Client.ReadSilenceAsync(board.LogId, limit.Register));
        Assert.Equal("PermitsNotApproved", (await board.Client.SetSilenceAsync(board.LogId, limit.Register, true)).Refusal?.Error);
        await board.ApproveAsync(Subjects.SetSilence(board.LogId, limit.Register, true, 0));
        Assert.True((await board.Client.SetSilenceAsync(board.LogId, limit.Register, true)).Done);
        Assert.Equal(new SilenceState(true, 1), await board.Client.ReadSilenceAsync(board.LogId, limit.Register));

        var log = new RegisteredLog(Hash32.Random(), next.Id, "0x00000000000000000000000000000000000000aa");
        await board.ApproveAsync(Subjects.ChangeLog(log, 1));
        Assert.True((await board.Client.ChangeLogAsync(log)).Done);
        Assert.Contains(log, (await board.Client.ReadMembersAsync()).Logs);
    }

    /// <summary>Goal: a document's terms are the ones voted on. Method: a permit record's terms and what the chain then says.</summary>
    [Fact]
    public void The_terms_of_a_permit_document_are_its_id_end_and_caps()
    {
        var register = Hash32.Random();
        var permit = new Permit("31337", "0x00", Nonce.New(), Hash32.Random(), "a", "DUO:0000042", new PermitUse("non-profit", "BR"), [], [], [new PermitCap(register, "100000000", "18446744073709551615", 2)], ["statistics"], 11, "2026-01-01T00:00:00.000Z", "2027-01-01T00:00:00.999Z");
        var terms = Terms.Of(permit);
        Assert.Equal((permit.Id(), 1798761600L), (terms.PermitId, terms.NotAfter.ToUnixTimeSeconds()));
        Assert.Equal(new Cap(register, new Amount(100_000_000, ulong.MaxValue, 2)), Assert.Single(terms.Caps));
        Assert.Throws<FormatException>(() => Terms.Of(permit with { Caps = [new PermitCap(register, "01", "0")] }));
    }

    /// <summary>Goal: what was decided can be asked for again after a lost answer. Method: each act and change twice; the second names the first's transaction.</summary>
    [Fact]
    public async Task An_act_asked_for_again_is_found()
    {
        using var board = await chain.FoundAsync(new Amount(10, 0));
        var id = (await board.IssueAsync(new Amount(500, 0))).PermitId;
        await TwiceAsync(Subjects.Act(id, PermitAct.Suspend, 0), () => board.Client.SuspendAsync(id));
        await TwiceAsync(Subjects.Act(id, PermitAct.Resume, 1), () => board.Client.ResumeAsync(id));
        await TwiceAsync(Subjects.Act(id, PermitAct.Revoke, 2), () => board.Client.RevokeAsync(id));
        var limit = new Limit(board.LogId, new Amount(20, 5, 1));
        await TwiceAsync(Subjects.ChangeLimit(limit, 0), () => board.Client.ChangeLimitAsync(limit));
        await TwiceAsync(Subjects.SetSilence(board.LogId, id, true, 0), () => board.Client.SetSilenceAsync(board.LogId, id, true));
        var log = new RegisteredLog(Hash32.Random(), board.Silo.Id, "0x00000000000000000000000000000000000000aA");
        await TwiceAsync(Subjects.ChangeLog(log, 0), () => board.Client.ChangeLogAsync(log));
        await TwiceAsync(Subjects.ChangeMember(board.Members[2].Public, Roles.Board | Roles.Witness, null, 1), () => board.Client.ChangeMemberAsync(board.Members[2].Public, Roles.Board | Roles.Witness));
        await TwiceAsync(Subjects.ChangeQuorum(3, 2), () => board.Client.ChangeQuorumAsync(3));

        async Task TwiceAsync(Hash32 subject, Func<Task<TransactionResult>> act)
        {
            await board.ApproveAsync(subject);
            var first = await act();
            Assert.Null(first.Refusal);
            Assert.Equal(first.Receipt!.Hash, (await act()).Receipt?.Hash);
        }
    }

    /// <summary>Goal: a permit whose end has passed is not active because the chain rests. Method: read it with a clock beyond its last second.</summary>
    [Fact]
    public async Task A_permit_expires_while_the_chain_rests()
    {
        using var board = await chain.FoundAsync(new Amount(10, 0));
        var terms = await board.IssueAsync(new Amount(5, 0));
        Assert.Equal(PermitStatus.Active, await StatusAtAsync(terms.NotAfter.AddMilliseconds(999)));
        Assert.Equal(PermitStatus.Expired, await StatusAtAsync(terms.NotAfter.AddSeconds(1)));

        async Task<PermitStatus> StatusAtAsync(DateTimeOffset now)
        {
            using var client = new ChainClient(chain.Anvil.Rpc, board.Client.Deployment, clock: new Standing(now));
            return (await client.ReadPermitAsync(terms.PermitId, board.LogId)).Status;
        }
    }

    private sealed class Standing(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
