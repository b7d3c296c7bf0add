using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Research.Api.Payments;

/// <summary>Stripe refused a request: its error's code and message.</summary>
internal sealed class StripeException(string message) : Exception(message);

/// <summary>The part of Stripe's REST API that we use. Every create has an idempotency key, so that asking again creates nothing twice.</summary>
internal sealed class StripeClient(HttpClient http, string apiKey)
{
    private const string Version = "2025-03-31.basil";

    /// <summary>Makes the payer known, so that all her payments are one customer's.</summary>
    /// <returns>Her name there, cus_….</returns>
    public async Task<string> CreateCustomerAsync(string account, string email, string name, CancellationToken cancel) =>
        (await PostAsync("/v1/customers", $"customer-{account}", cancel, ("email", email), ("name", name), ("metadata[account]", account))).GetProperty("id").GetString()!;

    /// <summary>What a payment intent received.</summary>
    public async Task<Money> ReceivedAsync(string intent, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/payment_intents/" + Uri.EscapeDataString(intent));
        var read = await SendAsync(request, "/v1/payment_intents", cancel);
        return new Money(read.GetProperty("amount_received").GetInt64(), read.GetProperty("currency").GetString()!.ToUpperInvariant());
    }

    /// <summary>A page where the payer pays this amount for this invoice.</summary>
    public async Task<(string Id, string Url)> CreateSessionAsync(string invoice, Money amount, string title, string customer, string returnUrl, long attempt, CancellationToken cancel)
    {
        var made = await PostAsync("/v1/checkout/sessions", $"session-{invoice}-{attempt}", cancel,
            ("mode", "payment"),
            ("client_reference_id", invoice),
            ("customer", customer),
            ("success_url", $"{returnUrl}/{invoice}?paid=1"),
            ("cancel_url", $"{returnUrl}/{invoice}"),
            ("metadata[invoice]", invoice),
            ("payment_intent_data[metadata][invoice]", invoice),
            ("payment_intent_data[transfer_group]", invoice),
            ("line_items[0][quantity]", "1"),
            ("line_items[0][price_data][currency]", amount.Currency.ToLowerInvariant()),
            ("line_items[0][price_data][unit_amount]", Text(amount.Minor)),
            ("line_items[0][price_data][product_data][name]", title));
        return (made.GetProperty("id").GetString()!, made.GetProperty("url").GetString()!);
    }

    /// <summary>Gives the whole payment back.</summary>
    public Task RefundAsync(string invoice, string paymentIntent, CancellationToken cancel) =>
        PostAsync("/v1/refunds", $"refund-{invoice}", cancel, ("payment_intent", paymentIntent), ("metadata[invoice]", invoice));

    /// <summary>Passes a hospital's share on to its connected account.</summary>
    /// <returns>The transfer's id.</returns>
    public async Task<string> TransferAsync(string invoice, long position, Money amount, string account, CancellationToken cancel)
    {
        var made = await PostAsync("/v1/transfers", $"transfer-{invoice}-{position}", cancel,
            ("amount", Text(amount.Minor)), ("currency", amount.Currency.ToLowerInvariant()), ("destination", account), ("transfer_group", invoice));
        return made.GetProperty("id").GetString()!;
    }

    /// <summary>A page of events, newest first.</summary>
    /// <param name="after">The last event of the page before; null for the newest.</param>
    public async Task<JsonElement> EventsAsync(string? after, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/events?limit=100" + (after is null ? "" : "&starting_after=" + after));
        return await SendAsync(request, "/v1/events", cancel);
    }

    private async Task<JsonElement> PostAsync(string route, string idempotencyKey, CancellationToken cancel, params (string Name, string Value)[] form)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, route) { Content = new FormUrlEncodedContent(form.Select(pair => KeyValuePair.Create(pair.Name, pair.Value))) };
        request.Headers.Add("Idempotency-Key", idempotencyKey);
        return await SendAsync(request, route, cancel);
    }

    /// <exception cref="StripeException">Stripe refused, or did not answer.</exception>
    private async Task<JsonElement> SendAsync(HttpRequestMessage request, string route, CancellationToken cancel)
    {
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", apiKey);
        request.Headers.Add("Stripe-Version", Version);
        try
        {
            using var response = await http.SendAsync(request, cancel);
            using var body = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync(cancel));
            return response.IsSuccessStatusCode
                ? body.RootElement.Clone()
                : throw new StripeException(body.RootElement.TryGetProperty("error", out var error) && error.TryGetProperty("message", out var message) ? $"{route}: {message.GetString()}" : $"{route}: status {(int)response.StatusCode}");
        }
        catch (Exception bad) when (bad is HttpRequestException or JsonException || (bad is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            throw new StripeException($"{route}: no answer ({bad.GetType().Name})");
        }
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
