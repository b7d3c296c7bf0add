using System.Data.Common;
using Silos.Datasets;
using Silos.Ledger.Storage;

namespace Silos.Queries;

/// <summary>
/// Finishes what a crash left, of this process or of another of the register's (<see cref="QuestionOwners"/>): a reserved question is computed
/// with the seed it had, a computed one is settled when its entry is final. The charge stands, and the researcher gets the answer when she asks again. Also keeps the seed pool full.
/// </summary>
public sealed class ResumeQueries(
    QuestionOwners owners, ComputeAnswer compute, SettleAnswer settle, SeedPool seeds, Readiness readiness, TimeProvider clock, ILogger<ResumeQueries> logger) : BackgroundService
{
    private const int MostAtOnce = 16;
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(1);
    private bool looked;

    /// <summary>Nobody is served before the others can know that this process lives.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await owners.RenewAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        try
        {
            await owners.EndAsync();
        }
        catch (DbException gone)
        {
            logger.LogDebug("This process counts as living for a while more: {Reason}", gone.Message);
        }
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(
        new Rounds("signs of life", clock, logger).RunAsync(Between, owners.RenewAsync, stoppingToken),
        new Rounds("committed seeds", clock, logger).RunAsync(Between, seeds.FillAsync, stoppingToken),
        new Rounds("unfinished questions", clock, logger, bad => bad is InvalidOperationException).RunAsync(Between, RoundAsync, stoppingToken));

    /// <summary>Looks once, and finishes what it finds; nothing before the datasets are open, for a question whose dataset is missing fails, and its charge stands.</summary>
    public async Task RoundAsync(CancellationToken cancel)
    {
        if (readiness.Waiting is not null)
        {
            return;
        }

        var (taken, others) = await owners.TakeAsync(cancel);
        if (!looked || taken.Count > 0)
        {
            looked = true;
            logger.LogInformation("Unfinished questions: {Taken} to finish here, {Others} being worked on", taken.Count, others);
        }

        await Parallel.ForEachAsync(taken, new ParallelOptions { MaxDegreeOfParallelism = MostAtOnce, CancellationToken = cancel }, async (query, token) => await FinishAsync(query, token));
    }

    private async Task FinishAsync(StoredQuery query, CancellationToken cancel)
    {
        using var working = owners.Work(query.Id);
        var computed = query.State == QueryState.Reserved ? await compute.RunAsync(query, null, cancel) : query;
        if (computed.State == QueryState.Computed)
        {
            await settle.RunAsync(computed, cancel);
        }
    }
}
