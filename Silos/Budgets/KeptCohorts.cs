using System.Collections;
using System.Data.Common;
using System.IO.Compression;
using Anonymizer.DifferentialPrivacy;
using Dapper;
using Silos.Persistence;

namespace Silos.Budgets;

/// <summary>
/// Whose rows each answer counted, as it is kept with the answer in the step that enters it: after a kill there are both or none.
/// What each patient's own loss is follows from it, and is nobody's to see but hers.
/// </summary>
/// <remarks>Whether she matches a question's filter makes no difference: her rows were at its disposal. A question whose charge the chain refused, and whose
/// answer was destroyed, costs nobody anything. Files have no finite loss and are not in here.</remarks>
public sealed class KeptCohorts(Vault vault)
{
    /// <summary>Every answer whose entry comes after <paramref name="seq"/>, in the order of the log, with those of these patients who were in its cohort.</summary>
    internal async IAsyncEnumerable<(long Seq, PrivacyLoss Charge, IReadOnlyList<string> Patients)> AfterAsync(
        DbConnection connection, DbTransaction? transaction, long seq, IReadOnlyCollection<string> patients)
    {
        var rows = new Dictionary<(string, long), IReadOnlyList<(string Patient, int Row)>>();
        var answers = await connection.QueryAsync<Answered>(
            """
            SELECT q.id, q.seq, q.dataset, q.version, q.rho, q.delta, c.sealed FROM query_cohorts c JOIN queries q ON q.id = c.query
            WHERE q.seq > @seq AND q.state <> 'refused' ORDER BY q.seq
            """,
            new { seq },
            transaction);
        foreach (var answer in answers)
        {
            if (!rows.TryGetValue((answer.Dataset, answer.Version), out var where))
            {
                rows.Add((answer.Dataset, answer.Version), where = await RowsAsync(connection, transaction, answer.Dataset, answer.Version, patients));
            }

            // Of a dataset that was erased nobody can say any more who was counted: everybody in it, then, so that no loss is forgotten.
            var cohort = vault.Knows(answer.Dataset, answer.Sealed) ? Unpack(vault.Open(answer.Dataset, answer.Sealed, "cohort:" + answer.Id)) : null;
            yield return (
                answer.Seq,
                new PrivacyLoss((ulong)answer.Rho, (ulong)answer.Delta),
                [.. where.Where(item => cohort is null || cohort[item.Row]).Select(item => item.Patient)]);
        }
    }

    /// <summary>How many answers were destroyed because the chain refused their charge: their losses were given back.</summary>
    internal static Task<long> GivenBackAsync(DbConnection connection, DbTransaction? transaction) =>
        connection.ExecuteScalarAsync<long>("SELECT COUNT(*) FROM query_cohorts c JOIN queries q ON q.id = c.query WHERE q.state = 'refused'", transaction: transaction);

    // A cohort has a bit for each row of its dataset version, in the order in which the version is read.
    private static async Task<IReadOnlyList<(string Patient, int Row)>> RowsAsync(
        DbConnection connection, DbTransaction? transaction, string dataset, long version, IReadOnlyCollection<string> patients)
    {
        var wanted = patients.ToHashSet(StringComparer.Ordinal);
        var all = await connection.QueryAsync<string>(
            """
            SELECT patient FROM records
            WHERE dataset = @dataset AND from_version <= @version AND (to_version IS NULL OR to_version > @version) ORDER BY patient
            """,
            new { dataset, version },
            transaction);
        return [.. all.Select((patient, row) => (patient, row)).Where(item => wanted.Contains(item.patient))];
    }

    private static BitArray Unpack(byte[] packed)
    {
        using var brotli = new BrotliStream(new MemoryStream(packed), CompressionMode.Decompress);
        var bits = new MemoryStream();
        brotli.CopyTo(bits);
        return new BitArray(bits.ToArray());
    }

    private sealed record Answered
    {
        public required string Id { get; init; }

        public long Seq { get; init; }

        public required string Dataset { get; init; }

        public long Version { get; init; }

        public long Rho { get; init; }

        public long Delta { get; init; }

        public required byte[] Sealed { get; init; }
    }
}
