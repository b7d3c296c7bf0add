using System.Data.Common;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Anonymizer.Tables;
using Dapper;
using Silos.Budgets;
using Silos.Datasets;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;
using Silos.Persistence;

namespace Silos.Extracts;

/// <summary>The states of a file (FEATURES: Release).</summary>
public static class ExtractState
{
    /// <summary>Made, and waiting for two output checkers.</summary>
    public const string Produced = "produced";

    public const string Released = "released";

    public const string Rejected = "rejected";
}

/// <summary>A file as the silo keeps it.</summary>
public sealed record ExtractRow
{
    public required string Id { get; init; }

    public required string Dataset { get; init; }

    public required string State { get; init; }

    public required string FileHash { get; init; }

    /// <summary><see cref="ExtractReport"/> as JSON.</summary>
    public required string Report { get; init; }

    public required string ConsentRoot { get; init; }

    public required string DatasetRoot { get; init; }

    public ExtractReport ReportOf() => JsonSerializer.Deserialize<ExtractReport>(Report, CanonicalJson.Options)!;
}

/// <summary>Files, the one recoding of each dataset version, checkers and their checks. Changed only inside a step of the register's writer.</summary>
public sealed class ExtractStore(Database database, Vault vault, TimeProvider clock)
{
    private const string Columns = "id, dataset, state, file_hash, report, consent_root, dataset_root";

    public Task<ExtractRow?> FindAsync(string id, CancellationToken cancel) => database.ReadAsync(connection => ReadAsync(connection, null, id), cancel);

    public static Task<ExtractRow?> ReadAsync(DbConnection connection, DbTransaction? transaction, string id) =>
        connection.QuerySingleOrDefaultAsync<ExtractRow>($"SELECT {Columns} FROM extracts WHERE id = @id", new { id }, transaction);

    /// <summary>Makes the file that a request asks for, at the dataset version's recoding, beside every file that was made before.</summary>
    /// <returns>Null when nothing may leave.</returns>
    public async Task<ProducedFile?> ProduceAsync(OpenedDataset dataset, string request, bool[] inCohort, CancellationToken cancel)
    {
        if (!inCohort.Contains(true))
        {
            return null;
        }

        if (dataset.Resident is { } resident)
        {
            return await LevelsAsync(dataset, async () => RecodeCohort.Combined(dataset.Definition) is var (quasi, asked)
                ? RecodeCohort.FindLevels(dataset.Definition, await resident.CombinationsAsync(quasi, asked, inCohort, cancel)) : null, cancel) is { } found
                ? await FileAsync(await resident.RowsAsync([.. dataset.Schema.Attributes.Keys], inCohort, cancel), found)
                : null;
        }

        var selected = RecodeCohort.Select(dataset, inCohort);
        return await LevelsAsync(dataset, () => Task.FromResult(RecodeCohort.FindLevels(dataset, selected.Table)), cancel) is { } levels ? await FileAsync(selected, levels) : null;

        async Task<ProducedFile?> FileAsync((Table Table, IReadOnlyList<string> Patients) cohort, IReadOnlyList<int> at)
        {

            var earlier = await EarlierAsync(dataset.Row.Name, cancel);
            return RecodeCohort.Produce(dataset.Definition, cohort.Table, cohort.Patients, at, JsonSerializer.Deserialize<ExtractRequest>(request, CanonicalJson.Options)!, earlier);
        }
    }

    /// <summary>Keeps a made file within the step that appends its entry.</summary>
    public Task KeepAsync(DbTransaction transaction, string id, string dataset, ProducedFile file, Hash32 datasetRoot, Hash32 consentRoot) => transaction.Connection!.ExecuteAsync(
        """
        INSERT INTO extracts (id, dataset, state, file_hash, report, sealed_classes, consent_root, dataset_root, produced_at)
        VALUES (@id, @dataset, @state, @fileHash, @report, @classes, @consentRoot, @datasetRoot, @now)
        """,
        new
        {
            id,
            dataset,
            state = ExtractState.Produced,
            fileHash = Hash32.Of(file.Csv).ToString(),
            report = JsonSerializer.Serialize(file.Report, CanonicalJson.Options),
            classes = vault.Seal(dataset, JsonSerializer.SerializeToUtf8Bytes(file.Classes), "classes:" + id),
            consentRoot = consentRoot.ToString(),
            datasetRoot = datasetRoot.ToString(),
            now = RecordTime.Write(clock.GetUtcNow()),
        },
        transaction);

    public static Task MoveAsync(DbTransaction transaction, string id, string state) =>
        transaction.Connection!.ExecuteAsync("UPDATE extracts SET state = @state WHERE id = @id", new { id, state }, transaction);

    /// <summary>Registers the key of one of the hospital's output checkers.</summary>
    public Task RegisterCheckerAsync(PublicKey key, CancellationToken cancel) => database.WriteAsync(BudgetStore.Writer, transaction => transaction.Connection!.ExecuteAsync(
        "INSERT INTO checkers (key_id, key_json, registered_at) VALUES (@id, @json, @now) ON CONFLICT DO NOTHING",
        new { id = key.Id.ToString(), json = JsonSerializer.Serialize(key.Jwk, CanonicalJson.Options), now = RecordTime.Write(clock.GetUtcNow()) },
        transaction), cancel);

    /// <summary>The registered checker of that key id, or null.</summary>
    public async Task<Jwk?> CheckerAsync(string keyId, CancellationToken cancel)
    {
        var json = await database.ReadAsync(connection => connection.QuerySingleOrDefaultAsync<string>("SELECT key_json FROM checkers WHERE key_id = @keyId", new { keyId }), cancel);
        return json is null ? null : JsonSerializer.Deserialize<Jwk>(json, CanonicalJson.Options);
    }

    /// <summary>What checkers said of a file so far, by key id.</summary>
    public static async Task<IReadOnlyDictionary<string, string>> ChecksAsync(DbConnection connection, DbTransaction? transaction, string extract) =>
        (await connection.QueryAsync<(string Checker, string Decision)>("SELECT checker, decision FROM output_checks WHERE extract = @extract", new { extract }, transaction))
        .ToDictionary(check => check.Checker, check => check.Decision, StringComparer.Ordinal);

    public static Task InsertCheckAsync(DbTransaction transaction, string extract, Hash32 checker, string decision, SignedRecord signed, long seq) => transaction.Connection!.ExecuteAsync(
        "INSERT INTO output_checks (extract, checker, decision, signed, seq) VALUES (@extract, @checker, @decision, @text, @seq)",
        new { extract, checker = checker.ToString(), decision, text = JsonSerializer.Serialize(signed, CanonicalJson.Options), seq },
        transaction);

    private async Task<IReadOnlyList<int>?> LevelsAsync(OpenedDataset dataset, Func<Task<IReadOnlyList<int>?>> find, CancellationToken cancel)
    {
        var key = new { dataset = dataset.Row.Name, version = dataset.Version.Version };
        var kept = await database.ReadAsync(connection => connection.QuerySingleOrDefaultAsync<string>(
            "SELECT levels FROM recodings WHERE dataset = @dataset AND version = @version", key), cancel);
        if (kept is null && await find() is { } found)
        {
            kept = string.Join(',', found.Select(level => level.ToString(CultureInfo.InvariantCulture)));
            await database.WriteAsync(BudgetStore.Writer, transaction => transaction.Connection!.ExecuteAsync(
                "INSERT INTO recodings (dataset, version, levels) VALUES (@dataset, @version, @kept) ON CONFLICT DO NOTHING", new { key.dataset, key.version, kept }, transaction), cancel);
        }

        return kept?.Split(',').Select(level => int.Parse(level, CultureInfo.InvariantCulture)).ToList();
    }

    private async Task<IReadOnlyList<IReadOnlyDictionary<string, IReadOnlySet<string>>>> EarlierAsync(string dataset, CancellationToken cancel)
    {
        var rows = await database.ReadAsync(connection => connection.QueryAsync<(string Id, byte[] Sealed)>(
            "SELECT id, sealed_classes FROM extracts WHERE dataset = @dataset AND state <> @Rejected", new { dataset, ExtractState.Rejected }), cancel);
        return [.. rows.Select(row => JsonSerializer.Deserialize<Dictionary<string, HashSet<string>>>(vault.Open(dataset, row.Sealed, "classes:" + row.Id))!
            .ToDictionary(one => one.Key, one => (IReadOnlySet<string>)one.Value))];
    }
}
