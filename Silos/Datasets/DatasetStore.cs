using System.Data.Common;
using System.Security.Cryptography;
using System.Text;
using Dapper;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;
using Silos.Persistence;

namespace Silos.Datasets;

/// <summary>A dataset as registered, with what opens its blinded name and its policy's commitment.</summary>
public sealed record DatasetRow
{
    public required string Name { get; init; }

    /// <summary>The definition as the hospital wrote it.</summary>
    public required string Definition { get; init; }

    /// <summary>The salted commitment by which entries name the dataset.</summary>
    public required string Blinded { get; init; }

    public required string NameSalt { get; init; }

    public required string PolicyHash { get; init; }

    public required string PolicySalt { get; init; }

    public required long Seq { get; init; }

    /// <summary>How its things lie in the database: <see cref="AtRest"/>.</summary>
    public string AtRest { get; init; } = Datasets.AtRest.Sealed;

    public Opening Policy => new(Hash32.Parse(PolicyHash), Hash32.Parse(PolicySalt));
}

/// <summary>One version of a dataset: the root over its records' commitments, as its entry has it.</summary>
public sealed record VersionRow
{
    public required string Dataset { get; init; }

    public required long Version { get; init; }

    public required string Root { get; init; }

    public required long Patients { get; init; }

    /// <summary>The day on which ages are counted, yyyy-MM-dd.</summary>
    public required string ReferenceDate { get; init; }

    /// <summary>The load report, as JSON: for the hospital's eyes. Empty where the dataset's key is not here.</summary>
    public required string Report { get; init; }

    /// <summary>As it lies in the database.</summary>
    internal byte[]? SealedReport { get; init; }

    public required long Seq { get; init; }
}

/// <summary>How a dataset's records and reports lie in the database.</summary>
public static class AtRest
{
    /// <summary>As they were before datasets had keys; sealed at the next start.</summary>
    public const string Clear = "clear";

    /// <summary>Under keys of the dataset.</summary>
    public const string Sealed = "sealed";

    /// <summary>Its keys were dropped: it stays closed, though an older key file come back.</summary>
    public const string Erased = "erased";
}

/// <summary>Datasets, their versions and their records, which lie sealed under the dataset's key. Only loading writes here.</summary>
public sealed class DatasetStore(Database database, Vault vault)
{
    private const int SaltLength = 32;

    public static string Writer(string dataset) => "dataset:" + dataset;

    public Task<IReadOnlyList<string>> NamesAsync(CancellationToken cancel) => database.ReadAsync<IReadOnlyList<string>>(
        async connection => [.. await connection.QueryAsync<string>("SELECT name FROM datasets ORDER BY name")], cancel);

    public Task<DatasetRow?> FindAsync(string name, CancellationToken cancel) => database.ReadAsync(connection => FindAsync(connection, null, name), cancel);

    public static Task<DatasetRow?> FindAsync(DbConnection connection, DbTransaction? transaction, string name) =>
        connection.QuerySingleOrDefaultAsync<DatasetRow>("SELECT * FROM datasets WHERE name = @name", new { name }, transaction);

    public Task<VersionRow?> NewestVersionAsync(string dataset, CancellationToken cancel) => database.ReadAsync(
        async connection =>
        {
            var found = await connection.QueryFirstOrDefaultAsync<VersionRow>("SELECT * FROM dataset_versions WHERE dataset = @dataset ORDER BY version DESC LIMIT 1", new { dataset });
            return found?.SealedReport is { } report ? found with { SealedReport = null, Report = Encoding.UTF8.GetString(TryOpen(dataset, report, ReportLabel(found.Version)) ?? []) } : found;
        },
        cancel);

    /// <summary>The records of a version, in the order of their patients' ids. One that does not open has no salt, and so does not match its commitment.</summary>
    /// <exception cref="MissingKeyException">No key is here under which any of them lies.</exception>
    public async Task<List<StoredRecord>> RecordsAsync(DbConnection connection, DbTransaction? transaction, string dataset, long version)
    {
        var rows = (await connection.QueryAsync<SealedRecord>(
            """
            SELECT patient, from_version, body, commitment FROM records
            WHERE dataset = @dataset AND from_version <= @version AND (to_version IS NULL OR to_version > @version) ORDER BY patient
            """,
            new { dataset, version },
            transaction)).AsList();
        return rows.Count == 0 || rows.Any(row => row.Body.Length == 0 || vault.Knows(dataset, row.Body))
            ? [.. rows.AsParallel().AsOrdered().Select(row => Open(dataset, row))]
            : throw new MissingKeyException(dataset, vault.Path);
    }

    /// <summary>Says nothing where the dataset can be read.</summary>
    /// <exception cref="MissingKeyException">It is erased, or no key of it is in the key file.</exception>
    public async Task CheckKeyAsync(string dataset, CancellationToken cancel)
    {
        if (await FindAsync(dataset, cancel) is { AtRest: AtRest.Erased })
        {
            throw new MissingKeyException(dataset, vault.Path, erased: true);
        }

        if (!vault.Holds(dataset))
        {
            throw new MissingKeyException(dataset, vault.Path);
        }
    }

    /// <summary>What the bytes of a record are, for sealing: they change places with no other's.</summary>
    internal static string RecordLabel(string patient, long fromVersion) => FormattableString.Invariant($"record:{patient}:{fromVersion}");

    internal static string ReportLabel(long version) => FormattableString.Invariant($"report:{version}");

    /// <summary>What is sealed of a record: its salt, by which a guess could be tried on its commitment, and its bytes.</summary>
    internal static byte[] Packed(ReadOnlySpan<byte> salt, ReadOnlySpan<byte> body) => [.. salt, .. body];

    public Task<List<StoredRecord>> RecordsAsync(string dataset, long version, CancellationToken cancel) =>
        database.ReadAsync(connection => RecordsAsync(connection, null, dataset, version), cancel);

    /// <summary>Registers a dataset, which gets its first key.</summary>
    public Task InsertAsync(DbTransaction transaction, DatasetRow row)
    {
        vault.EnsureKey(row.Name);
        return transaction.Connection!.ExecuteAsync(
            """
            INSERT INTO datasets (name, definition, blinded, name_salt, policy_hash, policy_salt, seq, at_rest)
            VALUES (@Name, @Definition, @Blinded, @NameSalt, @PolicyHash, @PolicySalt, @Seq, @AtRest)
            """,
            row,
            transaction);
    }

    public Task InsertAsync(DbTransaction transaction, VersionRow row) => transaction.Connection!.ExecuteAsync(
        """
        INSERT INTO dataset_versions (dataset, version, root, patients, reference_date, report, sealed_report, seq)
        VALUES (@Dataset, @Version, @Root, @Patients, @ReferenceDate, '', @report, @Seq)
        """,
        new { row.Dataset, row.Version, row.Root, row.Patients, row.ReferenceDate, row.Seq, report = vault.Seal(row.Dataset, Encoding.UTF8.GetBytes(row.Report), ReportLabel(row.Version)) },
        transaction);

    public Task InsertAsync(DbTransaction transaction, string dataset, long version, IReadOnlyCollection<StoredRecord> records) => transaction.Connection!.ExecuteAsync(
        """
        INSERT INTO records (dataset, patient, from_version, to_version, body, salt, commitment)
        VALUES (@dataset, @Patient, @version, NULL, @body, @salt, @Commitment)
        """,
        records.Select(record => new { dataset, record.Patient, version, body = vault.Seal(dataset, Packed(record.Salt, record.Body), RecordLabel(record.Patient, version)), salt = Array.Empty<byte>(), record.Commitment }),
        transaction);

    /// <summary>Says how a dataset's things lie from now on.</summary>
    internal static Task MarkAsync(DbTransaction transaction, string dataset, string atRest) =>
        transaction.Connection!.ExecuteAsync("UPDATE datasets SET at_rest = @atRest WHERE name = @dataset", new { dataset, atRest }, transaction);

    /// <summary>Whose records stay in a database, by the order of their numbers; of the records themselves nothing is kept here.</summary>
    /// <exception cref="InvalidDataException">The numbers are in another order than this database sorts the ids in, by which cohorts are kept.</exception>
    public static async Task InsertPatientsAsync(DbTransaction transaction, string dataset, long version, IReadOnlyList<string> patients)
    {
        foreach (var some in patients.Chunk(5_000))
        {
            await Rows.WriteAsync(transaction, "INSERT INTO records (dataset, patient, from_version, body, salt, commitment)", [.. some.Select(patient => (object?[])[dataset, patient, version, Array.Empty<byte>(), Array.Empty<byte>(), Array.Empty<byte>()])]);
        }

        var place = 0;
        await using var sorted = await transaction.Connection!.ExecuteReaderAsync(
            "SELECT patient FROM records WHERE dataset = @dataset AND from_version = @version ORDER BY patient", new { dataset, version }, transaction);
        while (await sorted.ReadAsync())
        {
            if (sorted.GetString(0) != patients[place++])
            {
                throw new InvalidDataException($"dataset '{dataset}': record {place - 1} is not the patient that this silo's database sorts there; number the patients in the order of their ids (ORDER BY in this database)");
            }
        }
    }

    /// <summary>No record is part of the version or of later ones.</summary>
    public static Task RetireAllAsync(DbTransaction transaction, string dataset, long version) => transaction.Connection!.ExecuteAsync(
        "UPDATE records SET to_version = @version WHERE dataset = @dataset AND to_version IS NULL", new { dataset, version }, transaction);

    /// <summary>The patients' records are no longer part of the version or of later ones; earlier versions keep them.</summary>
    public static Task RetireAsync(DbTransaction transaction, string dataset, long version, IEnumerable<string> patients) => transaction.Connection!.ExecuteAsync(
        "UPDATE records SET to_version = @version WHERE dataset = @dataset AND patient = @patient AND to_version IS NULL",
        patients.Select(patient => new { dataset, version, patient }),
        transaction);

    private StoredRecord Open(string dataset, SealedRecord row) =>
        (row.Body.Length == 0 ? null : TryOpen(dataset, row.Body, RecordLabel(row.Patient, row.FromVersion))) is { } packed
            ? new StoredRecord(row.Patient, packed[SaltLength..], packed[..SaltLength], row.Commitment)
            : new StoredRecord(row.Patient, [], [], row.Commitment);

    private byte[]? TryOpen(string dataset, byte[] sealedBytes, string label)
    {
        try
        {
            return vault.Open(dataset, sealedBytes, label);
        }
        catch (Exception changed) when (changed is CryptographicException or MissingKeyException)
        {
            return null;
        }
    }

    private sealed record SealedRecord
    {
        public required string Patient { get; init; }

        public long FromVersion { get; init; }

        public required byte[] Body { get; init; }

        public required byte[] Commitment { get; init; }
    }
}
