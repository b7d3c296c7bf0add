using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Anonymizer.DifferentialPrivacy.Queries;
using Microsoft.Extensions.Options;
using Npgsql;
using Silos.Ingestion;
using Silos.Ingestion.Definitions;
using Silos.Ledger.Log;
using Silos.Ledger.Records;

namespace Silos.Datasets.Resident;

/// <summary>The datasets that the hospital's settings leave in a PostgreSQL: registers their versions, and opens them by computing their digests there.</summary>
public sealed class ResidentDatasets : IAsyncDisposable
{
    private readonly DatasetStore store;
    private readonly LoadDataset load;
    private readonly LedgerLog log;
    private readonly IOptions<DatasetOptions> options;
    private readonly TimeProvider clock;
    private readonly ILogger<ResidentDatasets> logger;
    private readonly Dictionary<string, Lying> lying = new(StringComparer.Ordinal);

    /// <exception cref="InvalidDataException">A definition that the settings name is not of the form that is needed.</exception>
    public ResidentDatasets(DatasetStore store, LoadDataset load, LedgerLog log, IOptions<DatasetOptions> options, TimeProvider clock, ILogger<ResidentDatasets> logger)
    {
        (this.store, this.load, this.log, this.options, this.clock, this.logger) = (store, load, log, options, clock, logger);
        foreach (var source in options.Value.Resident)
        {
            var text = InlineHierarchies.Of(File.ReadAllText(source.Definition), Path.GetDirectoryName(Path.GetFullPath(source.Definition)));
            var definition = OpenDataset.Read(text, source.Definition);
            if (definition.Events.Count > 0)
            {
                throw new InvalidDataException($"{source.Definition}: events; a dataset that stays in a database has none");
            }

            if (!lying.TryAdd(definition.Id, new Lying(source, definition, text, NpgsqlDataSource.Create(source.Connection))))
            {
                throw new InvalidDataException($"Datasets:Resident: '{definition.Id}' is named twice; each dataset lies in one place");
            }
        }
    }

    /// <summary>Whether the settings leave this dataset in a database.</summary>
    public bool Holds(string dataset) => lying.ContainsKey(dataset);

    /// <summary>Registers what the tables hold where the settings name a version that is not registered yet.</summary>
    /// <exception cref="InvalidDataException">A table is not of the form that is needed.</exception>
    public async Task RegisterAsync(CancellationToken cancel)
    {
        foreach (var (source, definition, text, _) in lying.Values)
        {
            if (await store.NewestVersionAsync(definition.Id, cancel) is { } newest && newest.Version >= source.Version)
            {
                continue;
            }

            var started = clock.GetTimestamp();
            // Dataset and version are registered in one step: there is never a dataset without one.
            var known = await store.FindAsync(definition.Id, cancel) ?? LoadDataset.Drafted(definition, text);
            var (digest, patients) = await ReadAsync(known, definition, cancel);
            if (digest.Fault is { } fault)
            {
                throw new InvalidDataException($"Datasets:Resident: table '{source.Table}': {fault}");
            }

            var version = await load.AsResidentVersionAsync(known, source.Version, options.Value.ReferenceDate ?? DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime), digest.Root, patients, cancel);
            await log.WhenFinalAsync(version.Seq, cancel);
            logger.LogInformation("Dataset {Dataset} version {Version}: {Patients} patients, digests of its table computed in {Seconds:F1} s", definition.Id, version.Version, patients.Count, clock.GetElapsedTime(started).TotalSeconds);
        }
    }

    /// <summary>Opens the newest version: its digests are computed in the database and compared with what was anchored.</summary>
    /// <exception cref="TamperedDatasetException">They differ.</exception>
    public async Task<OpenedDataset> OpenAsync(string name, CancellationToken cancel)
    {
        var row = await store.FindAsync(name, cancel) ?? throw new InvalidOperationException($"dataset '{name}' is not registered");
        var version = await store.NewestVersionAsync(name, cancel) ?? throw new InvalidOperationException($"dataset '{name}' has no version");
        var definition = OpenDataset.Definition(row);
        var began = clock.GetUtcNow();
        var (digest, patients) = await ReadAsync(row, definition, cancel);
        if (digest.Root != Hash32.Parse(version.Root))
        {
            throw new TamperedDatasetException(name, "the digests of its table do not make the anchored root: a row was changed, added, removed or exchanged");
        }

        var json = OpenDataset.SchemaOf(definition);
        var schema = Schema.Parse(json);
        var (source, _, _, database) = lying[name];
        return new OpenedDataset(row, version, definition, schema, json, PatientTable.Of(definition, []), patients)
        {
            Collected = new Repeated<IReadOnlyList<RecordSpan>>(new Repeated<RecordSpan>(RecordSpan.Unknown, definition.Attributes.Count), patients.Count),
            Resident = new ResidentDataset(database, new ResidentTable(source.Table, schema, patients.Count, 1), began, 2 * options.Value.VerifyEvery),
        };
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var one in lying.Values)
        {
            await one.Database.DisposeAsync();
        }
    }

    // Digest first, so that a table whose ids were changed is found by it.
    private async Task<(ResidentDigest Digest, IReadOnlyList<string> Patients)> ReadAsync(DatasetRow row, DatasetDefinition definition, CancellationToken cancel)
    {
        var (source, _, _, database) = lying[definition.Id];
        var schema = Schema.Parse(OpenDataset.SchemaOf(definition));
        var salt = SHA256.HashData(Encoding.UTF8.GetBytes($"resident {row.NameSalt} {row.PolicySalt}"));
        var digest = await new DigestResident(database, source.Table, schema, salt).RunAsync(cancel);
        var patients = new PackedTexts();
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var moment = await ResidentSession.BeginAsync(connection, cancel);
        var statement = new Statement();
        statement.Sql.Append(CultureInfo.InvariantCulture, $"SELECT {ResidentTable.Quote(schema.Unit.Attribute)} FROM {new ResidentTable(source.Table, schema, 0, 1).Quoted} ORDER BY {ResidentTable.Record}");
        await using var command = statement.On(connection, moment);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            patients.Add(reader.GetString(0));
        }

        return (digest, patients);
    }

    private sealed record Lying(ResidentSource Source, DatasetDefinition Definition, string Text, NpgsqlDataSource Database);
}
