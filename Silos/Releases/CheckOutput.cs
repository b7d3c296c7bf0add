using Silos.Budgets;
using Silos.Extracts;
using Silos.Ledger.Log;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;
using Silos.Persistence;
using Silos.Protocol;
using Silos.Queries;

namespace Silos.Releases;

/// <summary>
/// Takes an output checker's signed word. A file leaves only after two different checkers approved exactly these bytes, neither of them
/// the researcher; one rejection ends it. Each word is an entry.
/// </summary>
public sealed class CheckOutput(Database database, ExtractStore extracts, QueryStore queries, LedgerLog log, SiloIdentity silo)
{
    /// <summary>Approvals that a file needs.</summary>
    public const int Needed = 2;

    /// <returns>Null when the word was taken; else why not.</returns>
    public async Task<Refusal?> TakeAsync(string id, SignedRecord signed, CancellationToken cancel)
    {
        var opened = signed.Open<OutputCheck>(silo.Deployed);
        if (opened.Body is not { } check)
        {
            return new Refusal(RefusalCode.BadSignature, "signed: " + opened.Reason);
        }

        if (await extracts.FindAsync(id, cancel) is not { } extract || await queries.FindAsync(id, cancel) is not { } query)
        {
            return new Refusal(RefusalCode.UnknownDataset, $"extract: '{id}' is not known here");
        }

        if (await extracts.CheckerAsync(opened.Signer.ToString(), cancel) is null || opened.Signer.ToString() == query.Signer)
        {
            return new Refusal(RefusalCode.NotPermitted, "key: not the key of an output checker of this hospital");
        }

        if (check.Extract.ToString() != id || check.FileHash.ToString() != extract.FileHash || check.Decision is not (OutputCheck.Approve or OutputCheck.Reject))
        {
            return new Refusal(RefusalCode.BadRequest, "signed: names another extract, another file, or a decision other than approve and reject");
        }

        return await database.WriteAsync(BudgetStore.Writer, async transaction =>
        {
            // Read within the step: another checker may have decided since.
            var now = await ExtractStore.ReadAsync(transaction.Connection!, transaction, id);
            var checks = await ExtractStore.ChecksAsync(transaction.Connection!, transaction, id);
            if (now!.State != ExtractState.Produced || checks.ContainsKey(opened.Signer.ToString()))
            {
                return new Refusal(RefusalCode.NotPermitted, checks.ContainsKey(opened.Signer.ToString()) ? "key: this checker has checked the file" : $"extract: is {now.State}; allowed is produced");
            }

            var word = Opening.Of(signed.Hash());
            var entry = await log.AppendAsync(transaction, silo.Draft(EntryKind.OutputCheck, opened.Signer) with
            {
                Permit = query.PermitId,
                SubjectHash = word.Commit(),
            });
            await EntryOpenings.KeepAsync(transaction, entry.Seq, "subjectHash", word);
            await ExtractStore.InsertCheckAsync(transaction, id, opened.Signer, check.Decision, signed, entry.Seq);
            if (Next(check.Decision, [.. checks.Values]) is { } state)
            {
                await ExtractStore.MoveAsync(transaction, id, state);
            }

            return null;
        }, cancel);
    }

    /// <summary>Where the file goes by this word, after the earlier ones; null while it waits. Pure.</summary>
    public static string? Next(string decision, IReadOnlyCollection<string> earlier) =>
        decision == OutputCheck.Reject || earlier.Contains(OutputCheck.Reject) ? ExtractState.Rejected
        : earlier.Count(word => word == OutputCheck.Approve) + 1 >= Needed ? ExtractState.Released
        : null;
}
