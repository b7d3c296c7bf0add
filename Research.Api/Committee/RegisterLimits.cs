using System.Data.Common;
using System.Globalization;
using Dapper;
using Research.Api.Accounts;
using Research.Api.Audit;
using Research.Api.Problems;
using Research.Api.Protocol;
using Research.Api.Silos;
using Silos.Ledger.Chain;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;

namespace Research.Api.Committee;

/// <summary>What may ever be spent on a hospital's register. Only the board's quorum changes it, by signatures that the chain checks; nobody at the hub can.</summary>
internal sealed class RegisterLimits(Database database, RegisterVotes votes, AccountStore accounts, SiloDirectory silos, ChainClient chain, TimeProvider clock)
{
    /// <summary>Limit and spending of every hospital that ever answered.</summary>
    public async Task<IReadOnlyList<RegisterView>> ListAsync(CancellationToken cancel)
    {
        List<RegisterView> shown = [];
        foreach (var silo in silos.All)
        {
            if (await silos.DescribeAsync(silo, cancel) is { } description)
            {
                var budget = await chain.ReadBudgetAsync(Hash32.Parse(description.Register), cancel);
                shown.Add(new RegisterView(
                    description.Register, description.Name,
                    Write(budget.Limit.Rho), Write(budget.Limit.Delta), (int)budget.Limit.Files, Write(budget.Spent.Rho), Write(budget.Spent.Delta), (int)budget.Spent.Files));
            }
        }

        return shown;
    }

    /// <summary>What a member signs to give the register this limit.</summary>
    public async Task<Outcome<LimitBallot>> ShowAsync(string register, LimitProposal proposal, Caller caller, CancellationToken cancel)
    {
        if (Read(register, proposal) is not { } limit)
        {
            return BadLimit;
        }

        var subject = Subjects.ChangeLimit(limit, (await chain.ReadBudgetAsync(limit.Register, cancel)).Changes);
        var quorum = (await chain.ReadMembersAsync(cancel)).Quorum;
        var bodies = Ballots.Bodies(await accounts.MemberKeyAsync(caller.Id), subject, chain.Deployment.Deployed);
        return new LimitBallot(register, proposal, new BallotQuestion("change-limit", subject.ToString(), quorum, bodies), await VotesAsync(subject));
    }

    /// <summary>Casts a vote; with the quorum the limit changes on the chain. Asking again after a failure is safe.</summary>
    public async Task<Outcome<VoteOutcome>> CastAsync(string register, LimitProposal proposal, Caller caller, SignedRecord record, CancellationToken cancel)
    {
        if (Read(register, proposal) is not { } limit)
        {
            return BadLimit;
        }

        var subject = Subjects.ChangeLimit(limit, (await chain.ReadBudgetAsync(limit.Register, cancel)).Changes);
        return await votes.CastAsync(
            subject, caller, record,
            (within, vote, transaction) => KeepAsync(within, register, vote, proposal, transaction),
            () => chain.ChangeLimitAsync(limit, cancel),
            new Step(EntryKind.BudgetRaised, Hash32.Of($"{register} {proposal}"), caller.Id), cancel);
    }

    private static Refusal BadLimit => Refusal.Invalid($"register: a register id; rho, delta: decimal integers from 0 to {ulong.MaxValue}; files: 0 to 1000.");

    private static Limit? Read(string register, LimitProposal proposal) =>
        Hash32.TryParse(register, out var id) && Amount(proposal.Rho) is { } rho && Amount(proposal.Delta) is { } delta && proposal.Files is >= 0 and <= 1000
            ? new Limit(id, new Amount(rho, delta, (uint)proposal.Files))
            : null;

    private static ulong? Amount(string text) => ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;

    private static string Write(ulong amount) => amount.ToString(CultureInfo.InvariantCulture);

    private async Task<bool> KeepAsync(DbTransaction within, string register, Vote vote, LimitProposal proposal, string transaction) =>
        await within.Connection!.ExecuteAsync(
            """
            INSERT INTO register_votes (register, subject, member, decision, rho, delta, files, time, transaction_hash)
            VALUES (@register, @subject, @member, @decision, @Rho, @Delta, @Files, @now, @transaction) ON CONFLICT (subject, member) DO NOTHING
            """,
            new
            {
                register, subject = vote.Subject.ToString(), member = vote.Member.ToString(), decision = vote.Decision, proposal.Rho, proposal.Delta, proposal.Files,
                now = RecordTime.Write(clock.GetUtcNow()), transaction,
            },
            within) == 1;

    private Task<IReadOnlyList<VoteView>> VotesAsync(Hash32 subject) => database.ReadAsync<IReadOnlyList<VoteView>>(async connection =>
        [.. (await connection.QueryAsync<(string Member, string Decision, string Time, string? Transaction)>(
            "SELECT member, decision, time, transaction_hash FROM register_votes WHERE subject = @subject ORDER BY time", new { subject = subject.ToString() }))
            .Select(vote => new VoteView(vote.Member, "change-limit", vote.Decision, vote.Time, vote.Transaction))]);
}
