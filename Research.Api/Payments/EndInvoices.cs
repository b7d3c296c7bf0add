using Research.Api.Outbox;

namespace Research.Api.Payments;

/// <summary>
/// What follows from a decision: the invoices of applications that came to nothing are voided or refunded, and of those that were approved the
/// hospitals get their shares. Looks every two seconds; a payment that arrives later still is refunded when its event comes.
/// </summary>
internal sealed class EndInvoices(PaymentStore payments, PaymentOptions prices, OutboxRunner outbox) : BackgroundService
{
    /// <summary>Looks once.</summary>
    public async Task RoundAsync(CancellationToken cancel)
    {
        foreach (var application in await payments.ToEndAsync())
        {
            await payments.EndAsync(application);
        }

        foreach (var invoice in await payments.ToShareAsync())
        {
            await payments.ShareAsync(invoice);
            await outbox.DrainAsync("invoice/" + invoice, cancel);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(2));
        while (prices.AnythingToPay && await timer.WaitForNextTickAsync(stoppingToken))
        {
            await RoundAsync(stoppingToken);
        }
    }
}
