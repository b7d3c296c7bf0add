using System.Collections.Concurrent;
using Npgsql;
using Silos.Datasets.Resident;
using Silos.Ledger.Log;
using Silos.Ledger.Records;
using Silos.Persistence;

namespace Silos.Datasets;

/// <summary>The datasets that are open in this process. A tampered one is closed, entered in the log, and stays closed until it verifies again; one whose key is missing is closed until the key is back.</summary>
public sealed class DatasetShelf(DatasetStore store, ResidentDatasets resident, LedgerLog log, SiloIdentity silo, ILogger<DatasetShelf> logger)
{
    /// <summary>The fault of a dataset whose keys were dropped.</summary>
    public const string Erased = "it was erased";

    private readonly ConcurrentDictionary<string, OpenedDataset> open = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> tampered = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> keyless = new(StringComparer.Ordinal);

    /// <summary>Registered datasets that are open.</summary>
    public IEnumerable<OpenedDataset> All => open.Values.OrderBy(dataset => dataset.Row.Name, StringComparer.Ordinal);

    /// <summary>The open dataset, or null. <paramref name="fault"/> says that it was closed because it was tampered with, or is <see cref="Erased"/>.</summary>
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
            await store.CheckKeyAsync(name, cancel);
            open[name] = resident.Holds(name) ? await resident.OpenAsync(name, cancel) : await OpenDataset.NewestAsync(store, name, cancel);
            if (tampered.TryRemove(name, out _))
            {
                logger.LogWarning("Dataset {Dataset} verifies again and is open", name);
            }

            if (keyless.TryRemove(name, out _))
            {
                logger.LogWarning("The key of dataset {Dataset} is back, and it is open", name);
            }

            return true;
        }
        catch (MissingKeyException missing)
        {
            open.TryRemove(name, out _);
            if (keyless.TryAdd(name, missing.Message))
            {
                logger.LogError("{Reason}", missing.Message);
            }

            if (missing.Erased)
            {
                tampered[name] = Erased;
            }

            return false;
        }
        catch (NpgsqlException away) when (resident.Holds(name))
        {
            logger.LogError(away, "Dataset {Dataset} could not be verified in its database; it is answered from only as long as its last verification is young enough", name);
            return false;
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
