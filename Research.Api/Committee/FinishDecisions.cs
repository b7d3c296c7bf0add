using Research.Api.Applications;
using Research.Api.Protocol;
using Silos.Ledger.Chain;

namespace Research.Api.Committee;

/// <summary>Issues permits whose quorum was reached just before the hub or the chain stopped. Looks once a minute.</summary>
internal sealed class FinishDecisions(ApplicationStore applications, Ballots ballots, ILogger<FinishDecisions> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMinutes(1));
        do
        {
            try
            {
                foreach (var id in await applications.InStatesAsync(ApplicationState.UnderReview))
                {
                    if (await applications.FindAsync(id) is { Ballot.Votes.Count: > 0 } application)
                    {
                        await ballots.FinishAsync(application, null, stoppingToken);
                    }
                }
            }
            catch (LedgerUnavailableException down)
            {
                logger.LogWarning("Decisions wait for the ledger: {Reason}", down.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }
}
