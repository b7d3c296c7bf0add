using System.Collections.Immutable;
using System.Data.Common;
using System.Text.Json;
using Dapper;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;
using Silos.Protocol;

namespace Silos.Consents;

/// <summary>
/// The register of one silo: which key speaks for which patient, and every directive ever recorded. Nothing in it is altered or removed
/// by a later directive. The database is the truth; the newest directives are held in memory and caught up from it, so that any number
/// of processes agree.
/// </summary>
public sealed class ConsentRegister(Database database, SiloIdentity silo, TimeProvider clock) : IDisposable
{
    /// <summary>The writer under which the register changes, one step at a time.</summary>
    public const string Writer = "consents";

    private readonly SemaphoreSlim memory = new(1, 1);
    private ConsentState state = ConsentState.Empty;

    /// <summary>Enrols keys that patients showed their hospital. A patient who is enrolled already keeps her subject and her key.</summary>
    /// <exception cref="FormatException">A key is no P-256 key.</exception>
    public async Task<IReadOnlyList<Enrolment>> EnrolAsync(IReadOnlyList<PatientKey> patients, CancellationToken cancel)
    {
        var now = RecordTime.Write(clock.GetUtcNow());
        var keys = patients.Select(patient =>
        {
            var jwk = CanonicalJson.Read<Jwk>(System.Text.Json.Nodes.JsonNode.Parse(patient.Key.GetRawText())!);
            using var key = PublicKey.From(jwk);
            return (patient.Patient, key.Id, Jwk: key.Jwk);
        }).ToList();
        await database.WriteAsync(Writer, async transaction =>
        {
            var connection = transaction.Connection!;
            var last = await connection.ExecuteScalarAsync<long?>("SELECT MAX(enrolled) FROM enrolments", transaction: transaction) ?? 0;
            foreach (var (patient, id, jwk) in keys)
            {
                await connection.ExecuteAsync(
                    """
                    INSERT INTO enrolments (subject, patient, key_id, key_json, salt, enrolled, enrolled_at)
                    VALUES (@subject, @patient, @keyId, @keyJson, @salt, @enrolled, @now) ON CONFLICT DO NOTHING
                    """,
                    new
                    {
                        subject = Nonce.New(),
                        patient,
                        keyId = id.ToString(),
                        keyJson = JsonSerializer.Serialize(jwk, CanonicalJson.Options),
                        salt = Hash32.Random().ToString(),
                        enrolled = ++last,
                        now,
                    },
                    transaction);
            }
        }, cancel);
        var current = await CatchUpAsync(cancel);
        return [.. keys.Where(key => current.SubjectOf.ContainsKey(key.Patient) && current.Patients[current.SubjectOf[key.Patient]].KeyId == key.Id)
            .Select(key => new Enrolment(key.Patient, current.SubjectOf[key.Patient]))];
    }

    /// <summary>Records what patients signed, in order, in one durable step.</summary>
    public async Task<IReadOnlyList<DirectiveOutcome>> RecordAsync(IReadOnlyList<SignedRecord> signed, CancellationToken cancel)
    {
        var verified = signed.AsParallel().AsOrdered().Select(record => (Record: record, Opened: record.Open<Directive>(silo.Deployed))).ToList();
        await CatchUpAsync(cancel);
        var now = RecordTime.Write(clock.GetUtcNow());
        var outcomes = await database.WriteAsync(Writer, async transaction =>
        {
            var current = await ReadNewAsync(transaction.Connection!, transaction, state);
            var results = new List<DirectiveOutcome>();
            foreach (var (record, opened) in verified)
            {
                var subject = opened.Body?.Subject ?? "";
                var patient = current.Patients.GetValueOrDefault(subject);
                var refusal = JudgeDirective.Refusal(opened, silo.Register, patient, current.Newest.GetValueOrDefault(subject)?.Sequence ?? 0)
                    ?? (await NonceIsUsedAsync(transaction, opened.Body!) ? "nonce: was used before by this patient" : null);
                results.Add(new DirectiveOutcome(refusal is null, refusal));
                if (refusal is null)
                {
                    current = current.With([], [(record, opened.Body!, current.Recorded + 1)]);
                    await InsertAsync(transaction, opened.Body!, record, current.Recorded, now);
                }
            }

            return results;
        }, cancel);
        await CatchUpAsync(cancel);
        return outcomes;
    }

    /// <summary>Local ids of the dataset's patients whom the hospital has not enrolled, a page of 1,000 after the given id.</summary>
    public async Task<PatientPage> UnenrolledAsync(string dataset, string? after, CancellationToken cancel)
    {
        const int Page = 1000;
        var patients = (await database.ReadAsync(connection => connection.QueryAsync<string>(
            """
            SELECT DISTINCT r.patient FROM records r LEFT JOIN enrolments e ON e.patient = r.patient
            WHERE r.dataset = @dataset AND r.to_version IS NULL AND e.patient IS NULL AND r.patient > @after
            ORDER BY r.patient LIMIT @Page
            """,
            new { dataset, after = after ?? "", Page }), cancel)).ToList();
        return new PatientPage(patients, patients.Count == Page ? patients[^1] : null);
    }

    /// <summary>The register as it stands now, read anew from the database.</summary>
    public async Task<ConsentState> CatchUpAsync(CancellationToken cancel)
    {
        await memory.WaitAsync(cancel);
        try
        {
            state = await database.ReadAsync(connection => ReadNewAsync(connection, null, state), cancel);
            return state;
        }
        finally
        {
            memory.Release();
        }
    }

    private static async Task<ConsentState> ReadNewAsync(DbConnection connection, DbTransaction? transaction, ConsentState known)
    {
        var patients = await connection.QueryAsync<(string Subject, string Patient, string KeyId, string Salt, long Enrolled)>(
            "SELECT subject, patient, key_id, salt, enrolled FROM enrolments WHERE enrolled > @after ORDER BY enrolled", new { after = known.Enrolled }, transaction);
        var directives = await connection.QueryAsync<(long Recorded, string Signed)>(
            "SELECT recorded, signed FROM directives WHERE recorded > @after ORDER BY recorded", new { after = known.Recorded }, transaction);
        return known.With(
            patients.Select(row => (new EnrolledPatient(row.Subject, row.Patient, Hash32.Parse(row.KeyId), Hash32.Parse(row.Salt)), row.Enrolled)),
            directives.Select(row =>
            {
                var record = JsonSerializer.Deserialize<SignedRecord>(row.Signed, CanonicalJson.Options)!;
                return (record, CanonicalJson.Read<Directive>(record.Body), row.Recorded);
            }));
    }

    private static async Task<bool> NonceIsUsedAsync(DbTransaction transaction, Directive directive) =>
        await transaction.Connection!.ExecuteScalarAsync<long>(
            "SELECT COUNT(*) FROM directives WHERE subject = @Subject AND nonce = @Nonce", new { directive.Subject, directive.Nonce }, transaction) > 0;

    private static Task InsertAsync(DbTransaction transaction, Directive directive, SignedRecord record, long recorded, string now) =>
        transaction.Connection!.ExecuteAsync(
            """
            INSERT INTO directives (recorded, subject, sequence, nonce, signed, received_at)
            VALUES (@recorded, @Subject, @Sequence, @Nonce, @signed, @now)
            """,
            new { recorded, directive.Subject, directive.Sequence, directive.Nonce, signed = JsonSerializer.Serialize(record, CanonicalJson.Options), now },
            transaction);

    public void Dispose() => memory.Dispose();
}
