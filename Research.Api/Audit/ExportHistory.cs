using Research.Api.Silos;
using Silos.Ledger.Chain;
using Silos.Ledger.Checkpoints;
using Silos.Ledger.History;
using Silos.Ledger.Log;
using Silos.Ledger.Records;
using Silos.Protocol;

namespace Research.Api.Audit;

/// <summary>
/// Makes the history export that <c>verify history</c> replays: the hub's log, every silo's, and the chain. It holds what anybody may see,
/// and opens nothing. The whole history is read each time, so one export is made at a time.
/// </summary>
internal sealed class ExportHistory(LedgerLog own, SiloDirectory silos, ChainClient chain, SigningKey key, HistoryWitnesses witnesses, TimeProvider time, ILogger<ExportHistory> logger) : IDisposable
{
    private readonly SemaphoreSlim one = new(1, 1);

    /// <returns>The export as a file that goes when it is closed.</returns>
    /// <exception cref="SiloUnreachableException">A hospital's log cannot be read; without it the export would have a gap.</exception>
    /// <exception cref="LedgerUnavailableException">The chain or the witnesses do not answer.</exception>
    public async Task<Stream> RunAsync(CancellationToken cancel)
    {
        await one.WaitAsync(cancel);
        var zip = new FileStream(Path.GetTempFileName(), FileMode.Create, FileAccess.ReadWrite, FileShare.None, 81920, FileOptions.DeleteOnClose | FileOptions.Asynchronous);
        try
        {
            await HistoryExport.WriteAsync(zip, GatherAsync, chain, key, witnesses.Quorum, time, cancel);
            zip.Position = 0;
            return zip;
        }
        catch (Exception failed)
        {
            logger.LogWarning("The history was not exported: {Reason}", failed.Message);
            await zip.DisposeAsync();
            throw;
        }
        finally
        {
            one.Release();
        }
    }

    public void Dispose() => one.Dispose();

    private async Task<IReadOnlyList<LogHistory>> GatherAsync(CancellationToken cancel)
    {
        var logs = await Task.WhenAll(silos.All.Select(silo => silo.GetAsync<LogHistory>(SiloRoutes.Log + "/history", cancel)));
        return [await own.HistoryAsync(cancel), .. logs];
    }
}

/// <summary>Whom an export asks to vouch for the chain's events: the witnesses of the hub's log; none where none are configured.</summary>
internal sealed record HistoryWitnesses(WitnessQuorum? Quorum);
