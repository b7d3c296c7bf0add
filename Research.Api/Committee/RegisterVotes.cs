using System.Data.Common;
using Research.Api.Accounts;
using Research.Api.Audit;
using Research.Api.Problems;
using Research.Api.Protocol;
using Silos.Ledger.Chain;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;

namespace Research.Api.Committee;

/// <summary>Takes the board's votes on a hospital's register to the chain, and has done there what its quorum approved.</summary>
internal sealed class RegisterVotes(Database database, HubLog log, AccountStore accounts, ChainClient chain)
{
    private const string Writer = "register-votes";

    /// <summary>Casts a vote; with the quorum, the decision is carried out on the chain and entered. Asking again after a failure is safe.</summary>
    /// <param name="keep">Keeps the vote, with the transaction that cast it; false when it was kept before.</param>
    /// <param name="act">Carries the decision out.</param>
    /// <param name="done">The entry that says that it was.</param>
    public async Task<Outcome<VoteOutcome>> CastAsync(
        Hash32 subject, Caller caller, SignedRecord record, Func<DbTransaction, Vote, string, Task<bool>> keep, Func<Task<TransactionResult>> act, Step done, CancellationToken cancel)
    {
        var opened = CastVote.Open(record, chain.Deployment.Deployed, await accounts.MemberKeyAsync(caller.Id), [subject]);
        if (opened.Refused is not null)
        {
            return opened.Refused;
        }

        var cast = await chain.CastVoteAsync(record, cancel);
        if (cast.Refusal is { } no)
        {
            return new Refusal("vote-refused", 422, $"The contract refused the vote: {no.Text}.");
        }

        var vote = opened.Value!;
        await database.WriteAsync(Writer, async within =>
        {
            if (await keep(within, vote, cast.Receipt!.Hash))
            {
                await log.RecordAsync(within, new Step(EntryKind.Vote, record.Hash(), caller.Id, Actor: vote.Member));
            }
        }, cancel);
        var counted = await chain.ReadApprovalsAsync(subject, cancel);
        var quorum = (await chain.ReadMembersAsync(cancel)).Quorum;
        if (counted < quorum)
        {
            return new VoteOutcome("proposed", null, counted, quorum, cast.Receipt!.Hash);
        }

        var changed = await act();
        if (changed.Refusal is { } refused)
        {
            return new Refusal("act-refused", 409, $"The contract refused: {refused.Text}.");
        }

        await database.WriteAsync(Writer, within => log.RecordAsync(within, done), cancel);
        return new VoteOutcome("changed", null, counted, quorum, changed.Receipt!.Hash);
    }
}
