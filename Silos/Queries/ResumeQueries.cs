using System.Data.Common;
using Silos.Ledger.Chain;

namespace Silos.Queries;

/// <summary>
/// Finishes, when the process starts, what a crash left: a reserved question is computed with the seed it had, a computed one is settled
/// when its entry is final. The charge stands, and the researcher gets the answer when she asks again. Also keeps the seed pool full.
/// </summary>
public sealed class ResumeQueries(QueryStore store, ComputeAnswer compute, SettleAnswer settle, SeedPool seeds, TimeProvider clock, ILogger<ResumeQueries> logger) : BackgroundService
{
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var left = (await store.UnfinishedAsync(stoppingToken)).ToList();
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await seeds.FillAsync(stoppingToken);
                foreach (var query in left.ToList())
                {
                    await FinishAsync(query, stoppingToken);
                    left.Remove(query);
                }
            }
            catch (Exception trouble) when (trouble is LedgerUnavailableException or DbException or InvalidOperationException && !stoppingToken.IsCancellationRequested)
            {
                logger.LogWarning("Unfinished questions and seeds wait: {Reason}", trouble.Message);
            }

            await Task.Delay(Between, clock, stoppingToken);
        }
    }

    private async Task FinishAsync(StoredQuery query, CancellationToken cancel)
    {
        var computed = query.State == QueryState.Reserved ? await compute.RunAsync(query, cancel) : query;
        if (computed.State == QueryState.Computed)
        {
            await settle.RunAsync(computed, cancel);
        }

        logger.LogInformation("A question left by an earlier run is finished");
    }
}
