using System.Globalization;
using System.Text;
using Microsoft.Extensions.Options;
using Silos.Datasets.Resident;
using Silos.Ingestion;
using Silos.Ingestion.Definitions;
using Silos.Ledger.Log;
using Silos.Ledger.Storage;
using Silos.Samples;

namespace Silos.Datasets;

/// <summary>Whether this silo can answer yet.</summary>
public sealed class Readiness
{
    private volatile string? waiting = "datasets are being opened";

    /// <summary>What is waited for, or null when ready.</summary>
    public string? Waiting => waiting;

    public void Now() => waiting = null;
}

/// <summary>When the process starts: loads the configured folder (or the sample) where its dataset has no version yet, and opens every dataset.</summary>
public sealed class OpenDatasets(
    DatasetShelf shelf,
    DatasetStore store,
    LoadDataset load,
    ResidentDatasets resident,
    LedgerLog log,
    SiloIdentity silo,
    Readiness readiness,
    IOptions<DatasetOptions> options,
    TimeProvider clock,
    ILogger<OpenDatasets> logger) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => new Rounds("datasets to open", clock, logger).OnceAsync(OpenAsync, stoppingToken);

    private async Task OpenAsync(CancellationToken cancel)
    {
        if (options.Value is { Data: not null } or { SamplePatients: > 0 })
        {
            await LoadFirstAsync(cancel);
        }

        await resident.RegisterAsync(cancel);
        foreach (var name in await store.NamesAsync(cancel))
        {
            await shelf.CheckAsync(name, cancel);
        }

        readiness.Now();
    }

    private async Task LoadFirstAsync(CancellationToken cancel)
    {
        var text = options.Value.Definition is { } file ? Encoding.UTF8.GetBytes(InlineHierarchies.Of(await File.ReadAllTextAsync(file, cancel), Path.GetDirectoryName(Path.GetFullPath(file))))
            : options.Value.Data is null ? SampleDefinitions.Minas : SampleDefinitions.FhirExport;
        var definition = ReadDefinition.FromBytes(text) switch
        {
            DefinitionOutcome.Accepted accepted => accepted.Definition,
            DefinitionOutcome.Refused refused => throw new InvalidDataException($"{options.Value.Definition}: {string.Join("; ", refused.Faults)}"),
            _ => throw new InvalidOperationException(),
        };
        if (await store.NewestVersionAsync(definition.Id, cancel) is not null)
        {
            return;
        }

        var day = options.Value.ReferenceDate ?? DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime);
        var result = options.Value.Data is { } folder ? LoadFolder.Run(folder, definition, new LoadOptions(day)) : LoadSample(definition, day);
        foreach (var line in result.Report.Lines())
        {
            logger.LogInformation("Load: {Line}", line);
        }

        var started = clock.GetTimestamp();
        var version = await load.AsNewVersionAsync(definition, Encoding.UTF8.GetString(text), day, result, cancel);
        logger.LogInformation("Load: records committed in {Seconds:F2} s", clock.GetElapsedTime(started).TotalSeconds);
        await log.WhenFinalAsync(version.Seq, cancel);
        logger.LogInformation("Load: dataset {Dataset} version {Version} is anchored", definition.Id, version.Version);
    }

    /// <summary>Writes the sample as FHIR files into a folder of its own and loads that, so that it takes the same road as a real export.</summary>
    private LoadResult LoadSample(DatasetDefinition definition, DateOnly day)
    {
        var folder = Directory.CreateTempSubdirectory("researchhub-sample-");
        try
        {
            var prefix = string.Create(CultureInfo.InvariantCulture, $"{silo.Origin.Split('/')[^1]}-");
            SampleGenerator.Write(new SampleOptions(options.Value.SamplePatients, (ulong)options.Value.SampleSeed, day, prefix), folder.FullName);
            return LoadFolder.Run(folder.FullName, definition, new LoadOptions(day));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
