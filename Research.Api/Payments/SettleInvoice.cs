using Research.Api.Outbox;

namespace Research.Api.Payments;

/// <summary>What follows from a payment, by the outbox: a refund when the application came to nothing, the hospitals' shares when it was approved.</summary>
internal sealed class SettleInvoice(PaymentStore payments, StripeClient stripe, PaymentOptions options)
{
    public const string Refund = "refund";
    public const string Share = "share";

    public async Task<string?> RefundAsync(Message message, CancellationToken cancel)
    {
        var invoice = (await payments.FindAsync(message.Body))!;
        if (invoice.Standing is not InvoiceState.Refunding)
        {
            return null;
        }

        if (invoice.PaymentIntent is null)
        {
            return "the payment's name is not known yet";
        }

        try
        {
            await stripe.RefundAsync(invoice.Id, invoice.PaymentIntent, cancel);
            return null;
        }
        catch (StripeException bad)
        {
            return bad.Message;
        }
    }

    /// <summary>Passes on each hospital's cost, after a look at what the payment really holds.</summary>
    public async Task<string?> ShareAsync(Message message, CancellationToken cancel)
    {
        var invoice = (await payments.FindAsync(message.Body))!;
        if (invoice.Standing is not InvoiceState.Paid)
        {
            return null;
        }

        if (invoice.PaymentIntent is { } intent && await ReceivedAsync(intent, cancel) is { } received && received != invoice.Owed)
        {
            return $"the payment holds {received}, not {invoice.Owed}";
        }

        foreach (var line in (await payments.LinesAsync(invoice.Id)).Where(line => line.Silo is not null && line.Transfer is null))
        {
            if (!options.Accounts.TryGetValue(line.Silo!, out var account))
            {
                continue;
            }

            try
            {
                await payments.MarkTransferAsync(invoice.Id, line.Position, await stripe.TransferAsync(invoice.Id, line.Position, new Money(line.Amount, invoice.Currency), account, cancel));
            }
            catch (StripeException bad)
            {
                return bad.Message;
            }
        }

        return null;
    }

    /// <summary>What Stripe says that it received; null when it does not say.</summary>
    private async Task<Money?> ReceivedAsync(string intent, CancellationToken cancel)
    {
        try
        {
            return await stripe.ReceivedAsync(intent, cancel);
        }
        catch (StripeException)
        {
            return null;
        }
    }
}
