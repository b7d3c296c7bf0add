using Dapper;
using Research.Api.Accounts;
using Research.Api.Audit;
using Research.Api.Problems;
using Research.Api.Protocol;
using Silos.Ledger.Chain;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;

namespace Research.Api.Committee;

/// <summary>
/// What a patient's silence means for a dataset. Only the board's quorum says that it permits, by signatures that the chain checks, and it says so again to
/// take it back; the hospital's own policy must say it too, and its silo reads the chain itself.
/// </summary>
internal sealed class SilenceVotes(Database database, RegisterVotes votes, AccountStore accounts, ChainClient chain, TimeProvider clock)
{
    /// <summary>What stands on the chain, and what a member signs to change it.</summary>
    public async Task<Outcome<SilenceBallot>> ShowAsync(string register, string dataset, string silence, Caller caller, CancellationToken cancel)
    {
        if (Read(register, dataset, silence) is not { } asked)
        {
            return BadSilence;
        }

        var state = await chain.ReadSilenceAsync(asked.Register, Hash32.Of(dataset), cancel);
        var subject = SubjectOf(asked, dataset, state);
        var quorum = (await chain.ReadMembersAsync(cancel)).Quorum;
        var bodies = Ballots.Bodies(await accounts.MemberKeyAsync(caller.Id), subject, chain.Deployment.Deployed);
        return new SilenceBallot(register, dataset, Word(state.Permits), silence, new BallotQuestion("set-silence", subject.ToString(), quorum, bodies), await VotesAsync(subject));
    }

    /// <summary>Casts a vote; with the quorum the chain says from then on what silence means. Asking again after a failure is safe.</summary>
    public async Task<Outcome<VoteOutcome>> CastAsync(string register, string dataset, string silence, Caller caller, SignedRecord record, CancellationToken cancel)
    {
        if (Read(register, dataset, silence) is not { } asked)
        {
            return BadSilence;
        }

        var subject = SubjectOf(asked, dataset, await chain.ReadSilenceAsync(asked.Register, Hash32.Of(dataset), cancel));
        return await votes.CastAsync(
            subject, caller, record,
            async (within, vote, transaction) => await within.Connection!.ExecuteAsync(
                """
                INSERT INTO silence_votes (register, dataset, silence, subject, member, decision, time, transaction_hash)
                VALUES (@register, @dataset, @silence, @subject, @member, @Decision, @now, @transaction) ON CONFLICT (subject, member) DO NOTHING
                """,
                new { register, dataset, silence, subject = subject.ToString(), member = vote.Member.ToString(), vote.Decision, now = RecordTime.Write(clock.GetUtcNow()), transaction },
                within) == 1,
            () => chain.SetSilenceAsync(asked.Register, Hash32.Of(dataset), asked.Permits, cancel),
            new Step(EntryKind.PolicyChanged, Hash32.Of($"{register} {dataset} silence {silence}"), caller.Id), cancel);
    }

    private static Refusal BadSilence => Refusal.Invalid("register: a register id; dataset: its name, 1 to 100 characters; silence: deny or permit.");

    private static (Hash32 Register, bool Permits)? Read(string register, string dataset, string silence) =>
        Hash32.TryParse(register, out var id) && dataset.Length is >= 1 and <= 100 && silence is ("deny" or "permit") ? (id, silence == "permit") : null;

    private static Hash32 SubjectOf((Hash32 Register, bool Permits) asked, string dataset, SilenceState state) =>
        Subjects.SetSilence(asked.Register, Hash32.Of(dataset), asked.Permits, state.Changes);

    private static string Word(bool permits) => permits ? "permit" : "deny";

    private Task<IReadOnlyList<VoteView>> VotesAsync(Hash32 subject) => database.ReadAsync<IReadOnlyList<VoteView>>(async connection =>
        [.. (await connection.QueryAsync<(string Member, string Decision, string Time, string? Transaction)>(
            "SELECT member, decision, time, transaction_hash FROM silence_votes WHERE subject = @subject ORDER BY time", new { subject = subject.ToString() }))
            .Select(vote => new VoteView(vote.Member, "set-silence", vote.Decision, vote.Time, vote.Transaction))]);
}
