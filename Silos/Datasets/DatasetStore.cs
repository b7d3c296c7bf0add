using System.Data.Common;
using Dapper;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;

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

    /// <summary>The load report, as JSON: for the hospital's eyes.</summary>
    public required string Report { get; init; }

    public required long Seq { get; init; }
}

/// <summary>Datasets, their versions and their records. Only loading writes here.</summary>
public sealed class DatasetStore(Database database)
{
    public static string Writer(string dataset) => "dataset:" + dataset;

    public Task<IReadOnlyList<string>> NamesAsync(CancellationToken cancel) => database.ReadAsync<IReadOnlyList<string>>(
        async connection => [.. await connection.QueryAsync<string>("SELECT name FROM datasets ORDER BY name")], cancel);

    public Task<DatasetRow?> FindAsync(string name, CancellationToken cancel) => database.ReadAsync(connection => FindAsync(connection, null, name), cancel);

    public static Task<DatasetRow?> FindAsync(DbConnection connection, DbTransaction? transaction, string name) =>
        connection.QuerySingleOrDefaultAsync<DatasetRow>("SELECT * FROM datasets WHERE name = @name", new { name }, transaction);

    public Task<VersionRow?> NewestVersionAsync(string dataset, CancellationToken cancel) => database.ReadAsync(
        connection => connection.QueryFirstOrDefaultAsync<VersionRow>(
            "SELECT * FROM dataset_versions WHERE dataset = @dataset ORDER BY version DESC LIMIT 1", new { dataset }), cancel);

    /// <summary>The records of a version, in the order of their patients' ids.</summary>
    public static async Task<List<StoredRecord>> RecordsAsync(DbConnection connection, DbTransaction? transaction, string dataset, long version) =>
        [.. await connection.QueryAsync<StoredRecord>(
            """
            SELECT patient, body, salt, commitment FROM records
            WHERE dataset = @dataset AND from_version <= @version AND (to_version IS NULL OR to_version > @version) ORDER BY patient
            """,
            new { dataset, version },
            transaction)];

    public Task<List<StoredRecord>> RecordsAsync(string dataset, long version, CancellationToken cancel) =>
        database.ReadAsync(connection => RecordsAsync(connection, null, dataset, version), cancel);

    public static Task InsertAsync(DbTransaction transaction, DatasetRow row) => transaction.Connection!.ExecuteAsync(
        """
        INSERT INTO datasets (name, definition, blinded, name_salt, policy_hash, policy_salt, seq)
        VALUES (@Name, @Definition, @Blinded, @NameSalt, @PolicyHash, @PolicySalt, @Seq)
        """,
        row,
        transaction);

    public static Task InsertAsync(DbTransaction transaction, VersionRow row) => transaction.Connection!.ExecuteAsync(
        """
        INSERT INTO dataset_versions (dataset, version, root, patients, reference_date, report, seq)
        VALUES (@Dataset, @Version, @Root, @Patients, @ReferenceDate, @Report, @Seq)
        """,
        row,
        transaction);

    public static Task InsertAsync(DbTransaction transaction, string dataset, long version, IEnumerable<StoredRecord> records) => transaction.Connection!.ExecuteAsync(
        """
        INSERT INTO records (dataset, patient, from_version, to_version, body, salt, commitment)
        VALUES (@dataset, @Patient, @version, NULL, @Body, @Salt, @Commitment)
        """,
        records.Select(record => new { dataset, record.Patient, version, record.Body, record.Salt, record.Commitment }),
        transaction);

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
}
