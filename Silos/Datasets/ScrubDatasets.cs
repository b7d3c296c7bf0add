using Microsoft.Extensions.Options;
using Silos.Datasets.Resident;
using Silos.Ledger.Storage;

namespace Silos.Datasets;

/// <summary>How datasets come and are watched.</summary>
public sealed class DatasetOptions
{
    /// <summary>Which folder of FHIR bulk NDJSON becomes the first version, when the dataset has none yet? None by default.</summary>
    public string? Data { get; init; }

    /// <summary>Which definition file describes it? The sample's own by default.</summary>
    public string? Definition { get; init; }

    /// <summary>How many synthetic patients does the sample have, when there is no folder? 0 (none) to 1,000,000.</summary>
    public int SamplePatients { get; init; }

    /// <summary>Which seed makes the sample? Any integer; 1 by default.</summary>
    public int SampleSeed { get; init; } = 1;

    /// <summary>On which day are ages counted (yyyy-MM-dd)? Today by default.</summary>
    public DateOnly? ReferenceDate { get; init; }

    /// <summary>How often are all records checked against their commitments? 1 s to 7 days; 10 minutes by default. Of a dataset that stays in a database
    /// the digests are computed there so often, and nothing is answered when the last were found whole more than twice as long ago.</summary>
    public TimeSpan VerifyEvery { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Which datasets stay in a PostgreSQL of the hospital, and where? None by default.</summary>
    public IReadOnlyList<ResidentSource> Resident { get; init; } = [];
}

/// <summary>Checks the records of every dataset against their commitments, on a schedule.</summary>
public sealed class ScrubDatasets(DatasetShelf shelf, DatasetStore store, IOptions<DatasetOptions> options, TimeProvider clock, ILogger<ScrubDatasets> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // What was opened when the host started was checked then.
        await Task.Delay(options.Value.VerifyEvery, clock, stoppingToken);
        await new Rounds("checks of records", clock, logger).RunAsync(options.Value.VerifyEvery, RoundAsync, stoppingToken);
    }

    private async Task RoundAsync(CancellationToken cancel)
    {
        foreach (var name in await store.NamesAsync(cancel))
        {
            await shelf.CheckAsync(name, cancel);
        }
    }
}
