using System.Text.Json;

namespace Research.Api.Payments;

/// <summary>What one event of Stripe says about one of our invoices.</summary>
/// <param name="Money">What was paid or refunded.</param>
internal sealed record PaymentFact(PaymentFactKind Kind, string Invoice, Money Money, string? PaymentIntent);

/// <summary>The two things that change an invoice.</summary>
internal enum PaymentFactKind
{
    Paid,
    Refunded,
}

/// <summary>Where an invoice stands with regard to money. The order of the names is the order of time: facts only ever move it on.</summary>
internal enum InvoiceState
{
    Open,
    Void,
    Paid,
    Refunding,
    Refunded,
}

/// <summary>
/// Reads Stripe's events and folds them into an invoice. The fold is a maximum, so events may come in any order, twice, or late and the
/// invoice ends the same; an event whose amount or currency is not the invoice's changes nothing.
/// </summary>
internal static class ApplyEvent
{
    /// <summary>The fact in an event; null for an event that is not about one of our invoices.</summary>
    public static PaymentFact? Read(JsonElement stripeEvent)
    {
        try
        {
            var type = stripeEvent.GetProperty("type").GetString();
            var body = stripeEvent.GetProperty("data").GetProperty("object");
            return type switch
            {
                "checkout.session.completed" when Text(body, "payment_status") == "paid" => Fact(PaymentFactKind.Paid, body, "amount_total"),
                "payment_intent.succeeded" => Fact(PaymentFactKind.Paid, body, "amount_received"),
                "charge.refunded" when body.GetProperty("refunded").GetBoolean() => Fact(PaymentFactKind.Refunded, body, "amount_refunded"),
                _ => null,
            };
        }
        catch (Exception bad) when (bad is KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    /// <summary>The state after the fact.</summary>
    /// <param name="dead">The application was rejected or withdrawn: what comes in goes back.</param>
    public static (InvoiceState State, string Outcome) Apply(InvoiceState state, Money owed, bool dead, PaymentFact fact)
    {
        if (fact.Money != owed)
        {
            return (state, $"ignored: {fact.Money} is not {owed}");
        }

        var reached = fact.Kind == PaymentFactKind.Refunded ? InvoiceState.Refunded : dead ? InvoiceState.Refunding : InvoiceState.Paid;
        return reached > state ? (reached, "applied") : (state, "ignored: known already");
    }

    /// <summary>The state after the application was rejected or withdrawn: what was paid goes back, what is open is owed no more.</summary>
    public static InvoiceState End(InvoiceState state) => state switch
    {
        InvoiceState.Paid => InvoiceState.Refunding,
        InvoiceState.Open => InvoiceState.Void,
        _ => state,
    };

    private static PaymentFact? Fact(PaymentFactKind kind, JsonElement body, string amount)
    {
        var invoice = body.TryGetProperty("metadata", out var metadata) ? Text(metadata, "invoice") : null;
        var intent = Text(body, "object") == "payment_intent" ? Text(body, "id") : Text(body, "payment_intent");
        return invoice is null ? null : new PaymentFact(kind, invoice, new Money(body.GetProperty(amount).GetInt64(), Text(body, "currency")!.ToUpperInvariant()), intent);
    }

    private static string? Text(JsonElement body, string name) => body.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
