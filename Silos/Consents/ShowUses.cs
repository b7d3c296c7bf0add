using System.Globalization;
using Dapper;
using Silos.Ledger.Log;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;
using Silos.Protocol;

namespace Silos.Consents;

/// <summary>
/// Who used a patient's records: every release and every refused attempt on a dataset that holds her, what she had decided then, and how much could
/// have been learned. Everybody in a dataset's scope is charged alike, so that nothing here says whether she was in a cohort. Reading it is an entry.
/// </summary>
public sealed class ShowUses(Database database, ConsentRegister register, LedgerLog log, ReadSilence silences, SiloIdentity silo, TimeProvider clock)
{
    private const int Most = 500;

    /// <returns>Null when nobody is enrolled under this name.</returns>
    public async Task<PatientUses?> RunAsync(string subject, CancellationToken cancel)
    {
        var state = await register.CatchUpAsync(cancel);
        if (state.Patients.GetValueOrDefault(subject) is not { } consent)
        {
            return null;
        }

        await RecordReadAsync(subject, cancel);
        var (releases, refusals, reads) = await database.ReadAsync(async connection => (
            (await connection.QueryAsync<Release>(
                $"""
                SELECT q.seq, q.permit, q.dataset, q.output, q.rho, q.delta, q.files, q.reserved_at, q.state,
                    (SELECT e.state FROM extracts e WHERE e.id = q.id) AS extract
                FROM queries q WHERE {InScope("q.version")} AND q.state IN ('computed', 'answered', 'failed') ORDER BY q.reserved_at DESC
                """,
                new { patient = consent.Enrolled.Patient })).ToList(),
            (await connection.QueryAsync<(long Seq, string? Permit, string Dataset, string Code, string At)>(
                """
                SELECT q.seq, q.permit, q.dataset, q.code, q.refused_at FROM refusals q
                WHERE EXISTS (SELECT 1 FROM records r WHERE r.dataset = q.dataset AND r.patient = @patient) ORDER BY q.seq DESC LIMIT @Most
                """,
                new { patient = consent.Enrolled.Patient, Most })).ToList(),
            (await connection.QueryAsync<(long Seq, string At)>("SELECT seq, read_at FROM consent_reads WHERE subject = @subject ORDER BY seq DESC LIMIT @Most", new { subject, Most })).ToList()), cancel);
        var shown = new List<PatientUse>();
        foreach (var release in releases.Take(Most))
        {
            shown.Add(await ShowAsync(subject, release, cancel));
        }

        shown.AddRange(refusals.Select(one => new PatientUse(one.Seq, one.At, "denial", one.Permit, one.Dataset, null, "0", "0", 0, one.Code, null, false)));
        shown.AddRange(reads.Select(one => new PatientUse(one.Seq, one.At, "read", null, null, null, "0", "0", 0, null, null, false)));
        return new PatientUses(silo.Register.ToString(), [.. shown.OrderByDescending(use => use.Time, StringComparer.Ordinal)], LossOf(releases));
    }

    /// <summary>What could have been learned, in all, by permit and by year: the sum of what was charged, exactly.</summary>
    private static PatientLoss LossOf(IReadOnlyList<Release> releases) => new(
        Sum(releases),
        releases.Sum(one => one.Files),
        releases.GroupBy(one => one.Permit).ToDictionary(group => group.Key, Sum),
        releases.GroupBy(one => one.ReservedAt[..4]).ToDictionary(group => group.Key, Sum));

    private static LossSum Sum(IEnumerable<Release> releases) => new(
        releases.Aggregate(0UL, (sum, one) => checked(sum + (ulong)one.Rho)).ToString(CultureInfo.InvariantCulture),
        releases.Aggregate(0UL, (sum, one) => checked(sum + (ulong)one.Delta)).ToString(CultureInfo.InvariantCulture));

    private async Task<PatientUse> ShowAsync(string subject, Release release, CancellationToken cancel)
    {
        var kind = release.State == "failed" ? "failed" : release.Output == SignedQuery.File ? "file" : "statistics";
        var decided = release.Seq is { } seq && await log.FindAsync(seq, cancel) is { Entry.ConsentRoot: { } root } ? await DecidedAsync(subject, root, cancel) : null;
        if (decided == "none" && release.Output == SignedQuery.Statistics && await silences.PermittedAsync(release.Dataset, release.Seq!.Value, cancel))
        {
            decided = "silence";
        }

        var left = release.State == "answered" && (release.Output != SignedQuery.File || release.Extract == "released");
        return new PatientUse(
            release.Seq, release.ReservedAt, kind, release.Permit, release.Dataset, release.Output, Text(release.Rho), Text(release.Delta), release.Files, null, decided,
            left && decided is (Directive.Permit or "silence"));
    }

    /// <summary>Her decision in the snapshot that a release used; <c>none</c> for silence.</summary>
    private Task<string?> DecidedAsync(string subject, Hash32 root, CancellationToken cancel) => database.ReadAsync<string?>(async connection =>
    {
        var signed = await connection.QueryFirstOrDefaultAsync<string>(
            """
            SELECT d.signed FROM directives d JOIN consent_snapshots s ON d.recorded <= s.recorded
            WHERE s.root = @root AND d.subject = @subject ORDER BY d.recorded DESC LIMIT 1
            """,
            new { root = root.ToString(), subject });
        return string.IsNullOrEmpty(signed) ? "none" : ConsentMatch.Read(ConsentStore.ReadRecord(signed).Body)?.Decision ?? Directive.Deny;
    }, cancel);

    private Task RecordReadAsync(string subject, CancellationToken cancel) => database.WriteAsync(ConsentRegister.Writer, async transaction =>
    {
        var entry = await log.AppendAsync(transaction, silo.Draft(EntryKind.AuditRead) with { SubjectHash = Opening.Of(Hash32.Of(subject)).Commit() });
        await ConsentStore.RecordReadAsync(transaction, subject, entry.Seq, RecordTime.Write(clock.GetUtcNow()));
    }, cancel);

    private static string InScope(string version) =>
        $"EXISTS (SELECT 1 FROM records r WHERE r.dataset = q.dataset AND r.patient = @patient AND r.from_version <= {version} AND (r.to_version IS NULL OR r.to_version > {version}))";

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private sealed record Release
    {
        public long? Seq { get; init; }

        public string Permit { get; init; } = "";

        public string Dataset { get; init; } = "";

        public string Output { get; init; } = "";

        public long Rho { get; init; }

        public long Delta { get; init; }

        public int Files { get; init; }

        public string ReservedAt { get; init; } = "";

        public string State { get; init; } = "";

        public string? Extract { get; init; }
    }
}
