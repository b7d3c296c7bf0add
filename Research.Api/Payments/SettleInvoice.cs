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

    /// <summary>Passes on each hospital's cost once the application is approved; an undecided one is looked at again.</summary>
    public async Task<string?> ShareAsync(Message message, CancellationToken cancel)
    {
        var invoice = (await payments.FindAsync(message.Body))!;
        if (invoice.Standing is not InvoiceState.Paid)
        {
            return null;
        }

        if (invoice.ApplicationState is not (nameof(Protocol.ApplicationState.Approved) or nameof(Protocol.ApplicationState.ApprovedWithConditions) or nameof(Protocol.ApplicationState.Closed)))
        {
            return "the application is not decided yet";
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
}
