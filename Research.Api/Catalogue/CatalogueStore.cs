using Research.Api.Protocol;
using Research.Api.Silos;
using Silos.Protocol;

namespace Research.Api.Catalogue;

/// <summary>The silos' own descriptions, asked for at most twice a minute. A silo that is down keeps its last description and is marked unreachable.</summary>
internal sealed class CatalogueStore(SiloDirectory silos, TimeProvider clock) : IDisposable
{
    private static readonly TimeSpan Freshness = TimeSpan.FromSeconds(30);

    private readonly SemaphoreSlim oneRefresh = new(1, 1);
    private readonly Dictionary<SiloClient, IReadOnlyList<DatasetDescription>> offered = [];
    private CatalogueView? merged;
    private DateTimeOffset read;

    /// <summary>Everything on offer; asks the silos anew when the last answer is older than 30 seconds or a silo was missing.</summary>
    public async Task<CatalogueView> ReadAsync(CancellationToken cancel)
    {
        await oneRefresh.WaitAsync(cancel);
        try
        {
            var age = clock.GetUtcNow() - read;
            if (merged is null || age > Freshness || (age > TimeSpan.FromSeconds(1) && merged.Silos.Any(silo => !silo.Reachable)))
            {
                merged = await MergeAsync(cancel);
                read = clock.GetUtcNow();
            }

            return merged;
        }
        finally
        {
            oneRefresh.Release();
        }
    }

    /// <summary>One dataset, or null.</summary>
    public async Task<CatalogueItem?> FindAsync(string silo, string dataset, CancellationToken cancel) =>
        (await ReadAsync(cancel)).Datasets.FirstOrDefault(item => item.Silo == silo && item.Dataset == dataset);

    private async Task<CatalogueView> MergeAsync(CancellationToken cancel)
    {
        var answers = await Task.WhenAll(silos.All.Select(async silo => (silo, answer: await AskAsync(silo, cancel))));
        List<CatalogueSilo> shown = [];
        List<CatalogueItem> items = [];
        foreach (var (silo, answer) in answers)
        {
            if (answer is not null)
            {
                offered[silo] = answer;
            }

            var register = (await silos.DescribeAsync(silo, cancel))?.Register;
            shown.Add(new CatalogueSilo(silos.NameOf(silo), register, answer is not null));
            if (register is not null && offered.TryGetValue(silo, out var datasets))
            {
                items.AddRange(datasets.Select(dataset => Show(register, silos.NameOf(silo), dataset)));
            }
        }

        return new CatalogueView(shown, items);
    }

    private static async Task<IReadOnlyList<DatasetDescription>?> AskAsync(SiloClient silo, CancellationToken cancel)
    {
        using var soon = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        soon.CancelAfter(TimeSpan.FromSeconds(5));
        try
        {
            return await silo.DatasetsAsync(soon.Token);
        }
        catch (Exception bad) when (bad is SiloUnreachableException || (bad is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            return null;
        }
    }

    private static CatalogueItem Show(string register, string hospital, DatasetDescription dataset) => new(
        register,
        hospital,
        dataset.Name,
        dataset.Title,
        dataset.Description,
        dataset.RoundedPatients,
        dataset.Version,
        dataset.Schema,
        [.. dataset.Attributes.Select(a => new CatalogueAttribute(a.Name, a.Title, a.Type, a.Role, a.Department, a.Unit))],
        dataset.Uses,
        new CatalogueFloors(dataset.Floors.K, dataset.Floors.Cell, dataset.Floors.RhoPerQuery),
        dataset.Events);

    public void Dispose() => oneRefresh.Dispose();
}
