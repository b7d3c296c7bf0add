namespace Research.Api.Payments;

/// <summary>Voids or refunds the invoices of applications that came to nothing. Looks every two seconds; a payment that arrives later still is refunded when its event comes.</summary>
internal sealed class EndInvoices(PaymentStore payments, PaymentOptions prices) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(2));
        while (prices.AnythingToPay && await timer.WaitForNextTickAsync(stoppingToken))
        {
            foreach (var application in await payments.ToEndAsync())
            {
                await payments.EndAsync(application);
            }
        }
    }
}
