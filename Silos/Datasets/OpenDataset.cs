using System.Text;
using System.Text.Json;
using Anonymizer.DifferentialPrivacy.Queries;
using Anonymizer.Tables;
using Silos.Datasets.Resident;
using Silos.Ingestion;
using Silos.Ingestion.Definitions;
using Silos.Ledger.Records;

namespace Silos.Datasets;

/// <summary>A dataset version, opened: every record was checked against the anchored root, and the columns are sealed in memory.</summary>
/// <param name="Patients">Local ids, one a row of <paramref name="Table"/>.</param>
public sealed record OpenedDataset(
    DatasetRow Row, VersionRow Version, DatasetDefinition Definition, Schema Schema, JsonElement SchemaJson, Table Table, IReadOnlyList<string> Patients)
{
    /// <summary>When the records behind each cell were collected: a row a patient, a span an attribute.</summary>
    public required IReadOnlyList<IReadOnlyList<RecordSpan>> Collected { get; init; }

    /// <summary>The patients' dated events, a row each in the order of <see cref="Patients"/>, without their cells; empty where the
    /// definition asks for no events.</summary>
    public IReadOnlyList<PatientRow> Histories { get; init; } = [];

    /// <summary>Where the rows are, if they are not in <see cref="Table"/>, which is empty then.</summary>
    public ResidentDataset? Resident { get; init; }

    /// <summary>The anchored root over the records' commitments, or over the digests of the table in which they stay.</summary>
    public Hash32 Root { get; } = Hash32.Parse(Version.Root);

    /// <summary>The noisy count below which nothing is shown: the hospital's, or the permit's where that is above it. Preview and answer both ask here.</summary>
    /// <param name="permit">Under which is asked; null where none is named.</param>
    public int SmallestCell(Permit? permit) => Math.Max(Definition.Policy.Cell, permit?.MinimumCell ?? 0);
}

/// <summary>A dataset that differs from what was anchored. Nothing is answered from it.</summary>
public sealed class TamperedDatasetException(string dataset, string fault) : Exception($"dataset '{dataset}': {fault}")
{
    public string Dataset { get; } = dataset;

    public string Fault { get; } = fault;
}

/// <summary>Opens the newest version of a dataset from the store.</summary>
public static class OpenDataset
{
    /// <exception cref="TamperedDatasetException">A record or the set of records was changed.</exception>
    public static async Task<OpenedDataset> NewestAsync(DatasetStore store, string name, CancellationToken cancel)
    {
        var row = await store.FindAsync(name, cancel) ?? throw new InvalidOperationException($"dataset '{name}' is not registered");
        var version = await store.NewestVersionAsync(name, cancel) ?? throw new InvalidOperationException($"dataset '{name}' has no version");
        var records = await store.RecordsAsync(name, version.Version, cancel);
        if (records is [{ Commitment.Length: 0 }, ..])
        {
            throw new InvalidDataException($"dataset '{name}': its rows stay in a database, and Datasets:Resident does not say in which");
        }

        if (RecordCommitment.Fault(records, Hash32.Parse(version.Root)) is { } fault)
        {
            throw new TamperedDatasetException(name, fault);
        }

        var definition = Definition(row);
        var rows = records.AsParallel().AsOrdered().Select(record => PatientRow.Read(record.Body, definition)).ToList();
        var schema = SchemaOf(definition);
        return new OpenedDataset(row, version, definition, Schema.Parse(schema), schema, PatientTable.Of(definition, rows), [.. rows.Select(one => one.Patient)])
        {
            Collected = [.. rows.Select(one => Enumerable.Range(0, definition.Attributes.Count).Select(column => one.CollectedFor(column, definition)).ToArray())],
            Histories = definition.Events.Count == 0 ? [] : [.. rows.Select(one => one with { Cells = [], Collected = [] })],
        };
    }

    /// <summary>The definition under which it was registered.</summary>
    /// <exception cref="TamperedDatasetException">Its policy is another than the one that was anchored.</exception>
    internal static DatasetDefinition Definition(DatasetRow row)
    {
        var definition = Read(row.Definition, $"dataset '{row.Name}'");
        return CanonicalJson.Hash(PolicyDocument.Of(definition)) == row.Policy.Content
            ? definition
            : throw new TamperedDatasetException(row.Name, "the policy differs from the one that was registered");
    }

    /// <param name="what">What is read, for the message.</param>
    /// <exception cref="InvalidDataException">It is no definition.</exception>
    internal static DatasetDefinition Read(string text, string what) => ReadDefinition.FromBytes(Encoding.UTF8.GetBytes(text)) switch
    {
        DefinitionOutcome.Accepted accepted => accepted.Definition,
        DefinitionOutcome.Refused refused => throw new InvalidDataException($"{what}: {string.Join("; ", refused.Faults)}"),
        _ => throw new InvalidOperationException(),
    };

    internal static JsonElement SchemaOf(DatasetDefinition definition) => JsonDocument.Parse(definition.ToSchemaJson()).RootElement;
}
