using System.Text.Json;
using Silos.Ledger.Storage;

namespace Research.Api.Payments;

/// <summary>
/// Asks Stripe for its events every five seconds, for a hub that no webhook reaches (no <c>Stripe:WebhookSecret</c>). Each goes through the
/// same inbox as one that was sent, so it counts once however it came.
/// </summary>
internal sealed class FollowEvents(StripeClient stripe, PaymentStore payments, TimeProvider clock, ILogger<FollowEvents> logger) : BackgroundService
{
    /// <summary>Takes in what is new: the newest page, and older ones until one holds an event that is known.</summary>
    public async Task RoundAsync(CancellationToken cancel)
    {
        string? after = null;
        bool goesOn;
        do
        {
            var page = await stripe.EventsAsync(after, cancel);
            var allNew = true;
            foreach (var stripeEvent in page.GetProperty("data").EnumerateArray())
            {
                allNew &= await payments.TakeAsync(stripeEvent);
                after = stripeEvent.GetProperty("id").GetString();
            }

            goesOn = allNew && page.GetProperty("has_more").GetBoolean();
        }
        while (goesOn);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        new Rounds("payment events", clock, logger, bad => bad is StripeException or JsonException or KeyNotFoundException)
            .RunAsync(TimeSpan.FromSeconds(5), RoundAsync, stoppingToken);
}
