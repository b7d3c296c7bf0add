using System.Collections.Concurrent;
using Silos.Ledger.Log;
using Silos.Ledger.Records;

namespace Silos.Datasets;

/// <summary>The datasets that are open in this process. A tampered one is closed, entered in the log, and stays closed until it verifies again.</summary>
public sealed class DatasetShelf(DatasetStore store, LedgerLog log, SiloIdentity silo, ILogger<DatasetShelf> logger)
{
    private readonly ConcurrentDictionary<string, OpenedDataset> open = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> tampered = new(StringComparer.Ordinal);

    /// <summary>Registered datasets that are open.</summary>
    public IEnumerable<OpenedDataset> All => open.Values.OrderBy(dataset => dataset.Row.Name, StringComparer.Ordinal);

    /// <summary>The open dataset, or null. <paramref name="fault"/> says that it was closed because it was tampered with.</summary>
    public OpenedDataset? Find(string name, out string? fault)
    {
        fault = tampered.GetValueOrDefault(name);
        return fault is null ? open.GetValueOrDefault(name) : null;
    }

    /// <summary>Opens the dataset's newest version, or checks the open one against the store again.</summary>
    /// <returns>Whether it is whole.</returns>
    public async Task<bool> CheckAsync(string name, CancellationToken cancel)
    {
        try
        {
            open[name] = await OpenDataset.NewestAsync(store, name, cancel);
            if (tampered.TryRemove(name, out _))
            {
                logger.LogWarning("Dataset {Dataset} verifies again and is open", name);
            }

            return true;
        }
        catch (TamperedDatasetException found)
        {
            if (tampered.TryAdd(name, found.Fault))
            {
                open.TryRemove(name, out _);
                logger.LogCritical("Dataset {Dataset} is closed: {Fault}", name, found.Fault);
                var row = await store.FindAsync(name, cancel);
                await log.AppendAsync(silo.Draft(EntryKind.Tamper) with { Dataset = row?.Blinded }, cancel);
            }

            return false;
        }
    }
}
