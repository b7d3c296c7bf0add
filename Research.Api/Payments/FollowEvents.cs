using System.Text.Json;

namespace Research.Api.Payments;

/// <summary>
/// Asks Stripe for its events every five seconds, for a hub that no webhook reaches (no <c>Stripe:WebhookSecret</c>). Each goes through the
/// same inbox as one that was sent, so it counts once however it came.
/// </summary>
internal sealed partial class FollowEvents(StripeClient stripe, PaymentStore payments, ILogger<FollowEvents> logger) : BackgroundService
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

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(5));
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await RoundAsync(stoppingToken);
            }
            catch (Exception bad) when (bad is StripeException or JsonException or KeyNotFoundException)
            {
                LogFailed(bad.Message);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "asking for payment events: {Reason}")]
    private partial void LogFailed(string reason);
}
