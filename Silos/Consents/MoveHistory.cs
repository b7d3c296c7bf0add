using System.Text.Json;
using Silos.Ledger.Chain;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;
using Silos.Protocol;

namespace Silos.Consents;

/// <summary>
/// A patient moves to another hospital and takes her history along. What she permitted named the hospital that she permitted it to, so
/// nothing carries over silently: her keys, her numbers and her no do, and the next directive that she signs is for the new hospital.
/// </summary>
public sealed class MoveHistory(Database database, ConsentRegister register, SiloIdentity silo, TimeProvider clock)
{
    /// <summary>The signed history of a subject, or null when nobody is enrolled under this name.</summary>
    public async Task<SignedRecord?> ExportAsync(string subject, CancellationToken cancel)
    {
        var history = await database.ReadAsync(async connection =>
        {
            if (await ConsentStore.EnrolmentAsync(connection, subject) is not { } enrolment)
            {
                return null;
            }

            var lines = (await ConsentStore.HistoryAsync(connection, subject)).Select(line => new HistoryLine(line.ReceivedAt, CanonicalJson.ToJson(line.Record), line.ByOfficers));
            return new ConsentHistory(
                silo.Deployed.ChainId, silo.Deployed.Contract, Nonce.New(), silo.Origin, silo.Register, subject, enrolment.Keys, enrolment.EnrolledAt, [.. lines], RecordTime.Write(clock.GetUtcNow()));
        }, cancel);
        return history is null ? null : SignedRecord.Sign(history, silo.Key);
    }

    /// <summary>Enrols a patient with the history that she brought.</summary>
    /// <param name="members">Everybody on the Members contract: the history must be signed by the key of the log that it names.</param>
    /// <returns>Her enrolment, under the name that she had; or field, value and what is allowed.</returns>
    public async Task<(Enrolment? Enrolment, string? Fault)> ImportAsync(string patient, SignedRecord signed, MembersState members, CancellationToken cancel)
    {
        var opened = signed.Open<ConsentHistory>(silo.Deployed);
        if ((opened.Body is null ? opened.Reason : ExporterFault(opened.Body, opened.Signer, members)) is { } fault)
        {
            return (null, "history: " + fault);
        }

        var history = opened.Body!;
        var replayed = ReplayConsent.Run(history, silo.Deployed);
        if (replayed.Fault is not null)
        {
            return (null, "history: " + replayed.Fault);
        }

        var taken = await database.WriteAsync(ConsentRegister.Writer, async transaction =>
        {
            var officers = await ConsentStore.OfficersAsync(transaction.Connection!, transaction);
            if (JudgeKeyChange.OfficerFault(replayed.Keys, officers) is { } stranger)
            {
                return stranger + ": her old hospital's officers signed for her; enrol her anew";
            }

            var number = 1 + await ConsentStore.LastEnrolmentAsync(transaction);
            if (await ConsentStore.EnrolAsync(transaction, history.Subject, patient, history.Enrolled, number, history.EnrolledAt) == 0)
            {
                return $"patient: '{patient}' is enrolled here already, or her history or key is; allowed is somebody new";
            }

            foreach (var line in history.Lines)
            {
                await InsertAsync(transaction, CanonicalJson.Read<SignedRecord>(line.Record), line);
            }

            return null;
        }, cancel);
        await register.CatchUpAsync(cancel);
        return taken is null ? (new Enrolment(patient, history.Subject), null) : (null, taken);
    }

    private static async Task InsertAsync(System.Data.Common.DbTransaction transaction, SignedRecord record, HistoryLine line)
    {
        var recorded = 1 + await ConsentStore.LastAsync(transaction);
        if (record.Body["type"]!.GetValue<string>() == KeyChange.RecordName)
        {
            await ConsentStore.InsertAsync(transaction, CanonicalJson.Read<KeyChange>(record.Body), record, recorded, line.ByOfficers, line.ReceivedAt);
        }
        else
        {
            await ConsentStore.InsertAsync(transaction, [new DirectiveRow(recorded, CanonicalJson.Read<Directive>(record.Body), record, null)], line.ReceivedAt);
        }
    }

    private string? ExporterFault(ConsentHistory history, Hash32 signer, MembersState members) =>
        Hash32.Of(history.Log) != history.Silo ? $"silo: '{history.Silo}' is not the register of '{history.Log}'"
        : history.Silo == silo.Register ? "silo: is this hospital itself; allowed is another"
        : !Nonce.IsValid(history.Subject) ? "subject: allowed is the base64url of 16 bytes"
        : members.Logs.FirstOrDefault(log => log.LogId == history.Silo)?.Member != signer || members.Find(signer) is not { Roles: not Roles.None } ? $"key: '{signer}' does not sign for '{history.Log}' in Members"
        : null;
}
