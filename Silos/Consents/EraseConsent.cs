using Dapper;
using Silos.Ledger.Log;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;

namespace Silos.Consents;

/// <summary>
/// Destroys a patient's salt, keys and signatures. The log and the chain still verify, and what they hold of her means nothing any more. The
/// hospital's own records of her care are the hospital's, and stay there; without an enrolment she is in no cohort.
/// </summary>
public sealed class EraseConsent(Database database, ConsentRegister register, LedgerLog log, SiloIdentity silo, TimeProvider clock)
{
    /// <returns>False when nobody is enrolled under this name.</returns>
    public async Task<bool> RunAsync(string subject, CancellationToken cancel)
    {
        var erased = await database.WriteAsync(ConsentRegister.Writer, async transaction =>
        {
            var number = 1 + await ConsentStore.LastAsync(transaction);
            if (!await ConsentStore.KeepLeavesAsync(transaction, subject, number))
            {
                return false;
            }

            // What the entry is about, nobody can open: its salt is kept nowhere.
            var entry = await log.AppendAsync(transaction, silo.Draft(EntryKind.Erasure) with { SubjectHash = Opening.Of(Hash32.Of(subject)).Commit() });
            await ConsentStore.EraseAsync(transaction, subject, number, entry.Seq, RecordTime.Write(clock.GetUtcNow()));
            return true;
        }, cancel);
        if (erased)
        {
            await register.CatchUpAsync(CancellationToken.None);
            await database.RewriteAsync(["enrolments", "directives", "consent_key_changes", "consent_reads"], CancellationToken.None);
        }

        return erased;
    }
}
