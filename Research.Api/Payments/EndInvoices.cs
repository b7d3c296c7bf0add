using Research.Api.Outbox;
using Silos.Ledger.Storage;

namespace Research.Api.Payments;

/// <summary>
/// What follows from a decision: the invoices of applications that came to nothing are voided or refunded, and of those that were approved the
/// hospitals get their shares. Looks every two seconds; a payment that arrives later still is refunded when its event comes.
/// </summary>
internal sealed class EndInvoices(PaymentStore payments, PaymentOptions prices, OutboxRunner outbox, TimeProvider clock, ILogger<EndInvoices> logger) : BackgroundService
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

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        prices.AnythingToPay ? new Rounds("invoices to end", clock, logger).RunAsync(TimeSpan.FromSeconds(2), RoundAsync, stoppingToken) : Task.CompletedTask;
}
