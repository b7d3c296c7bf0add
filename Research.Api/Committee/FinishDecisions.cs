using Research.Api.Applications;
using Research.Api.Protocol;
using Silos.Ledger.Storage;

namespace Research.Api.Committee;

/// <summary>Issues permits whose quorum was reached just before the hub or the chain stopped. Looks once a minute.</summary>
internal sealed class FinishDecisions(ApplicationStore applications, Ballots ballots, TimeProvider clock, ILogger<FinishDecisions> logger) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        new Rounds("decisions to finish", clock, logger).RunAsync(TimeSpan.FromMinutes(1), RoundAsync, stoppingToken);

    private async Task RoundAsync(CancellationToken cancel)
    {
        foreach (var id in await applications.InStatesAsync(ApplicationState.UnderReview))
        {
            if (await applications.FindAsync(id) is { Ballot.Votes.Count: > 0 } application)
            {
                await ballots.FinishAsync(application, null, cancel);
            }
        }
    }
}
