using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Research.Api.Accounts;
using Research.Api.Problems;
using Research.Api.Protocol;
using Research.Api.Silos;

namespace Research.Api.Payments;

/// <summary>Invoices, paying them, and what Stripe tells us about it.</summary>
internal static class PaymentsEndpoints
{
    private const int LargestEvent = 256 * 1024;

    public static void AddPayments(this WebApplicationBuilder builder)
    {
        var stripe = builder.Configuration.GetSection("Stripe").Get<StripeOptions>() ?? new StripeOptions();
        builder.Services.AddSingleton(builder.Configuration.GetSection("Payments").Get<PaymentOptions>() ?? new PaymentOptions());
        builder.Services.AddSingleton(stripe);
        builder.Services.AddHttpClient("stripe", http => (http.BaseAddress, http.Timeout) = (stripe.Url, TimeSpan.FromSeconds(30)));
        builder.Services.AddSingleton(provider => new StripeClient(provider.GetRequiredService<IHttpClientFactory>().CreateClient("stripe"), stripe.ApiKey));
        builder.Services.AddSingleton<PaymentStore>().AddSingleton<SettleInvoice>();
        builder.Services.AddSingleton<EndInvoices>().AddHostedService(provider => provider.GetRequiredService<EndInvoices>());
        if (stripe.ApiKey.Length > 0 && stripe.WebhookSecret.Length == 0)
        {
            builder.Services.AddHostedService<FollowEvents>();
        }
    }

    public static void MapPayments(this IEndpointRouteBuilder routes)
    {
        routes.MapGet(HubRoutes.Payments, ListAsync).For(Role.Researcher, Role.Operator, Role.Auditor);
        routes.MapGet(HubRoutes.Payments + "/statement", StatementAsync).For(Role.Operator, Role.Auditor, Role.Custodian);
        routes.MapPost(HubRoutes.Payments + "/{id}/checkout", CheckOutAsync).For(Role.Researcher);
        routes.MapPost(HubRoutes.PaymentEvents, EventAsync).Public().Accepts<JsonElement>("application/json");
    }

    private static async Task<IReadOnlyList<Invoice>> ListAsync(Caller caller, PaymentStore payments, SiloDirectory silos)
    {
        List<Invoice> shown = [];
        foreach (var invoice in await payments.ListAsync(caller))
        {
            shown.Add(Show(invoice, await payments.LinesAsync(invoice.Id), silos));
        }

        return shown;
    }

    private static async Task<Results<Ok<CheckoutPage>, ProblemHttpResult>> CheckOutAsync(
        string id, Caller caller, PaymentStore payments, StripeClient stripe, StripeOptions options, CancellationToken cancel)
    {
        if (await payments.FindAsync(id) is not { } invoice || invoice.Account != caller.Id)
        {
            return Refusal.NotFound("invoice").ToProblem();
        }

        if (invoice.Standing is not InvoiceState.Open || invoice.IsDead)
        {
            return Refusal.Conflict($"This invoice is {invoice.State}; there is nothing to pay.").ToProblem();
        }

        try
        {
            var customer = await payments.CustomerAsync(caller.Id);
            if (customer is null)
            {
                customer = await stripe.CreateCustomerAsync(caller.Id, caller.Email, caller.Name, cancel);
                await payments.KeepCustomerAsync(caller.Id, customer);
            }

            var (_, url) = await stripe.CreateSessionAsync(invoice.Id, invoice.Owed, $"Invoice {invoice.Number}", customer, options.ReturnUrl, await payments.AttemptAsync(id), cancel);
            return TypedResults.Ok(new CheckoutPage(url));
        }
        catch (StripeException)
        {
            return Problem.Of(502, "payment-provider-unreachable", "The payment provider does not answer; try again later.");
        }
    }

    /// <summary>Believes nothing that Stripe's signature does not cover. 200 for every event that is genuine, also a known or foreign one, so that it is not sent again for ever.</summary>
    private static async Task<Results<Ok, ProblemHttpResult>> EventAsync(HttpContext context, PaymentStore payments, StripeOptions options, TimeProvider clock, CancellationToken cancel)
    {
        using var buffer = new MemoryStream();
        await context.Request.Body.CopyToAsync(buffer, cancel);
        var bytes = buffer.ToArray();
        if (options.WebhookSecret.Length == 0 || bytes.Length > LargestEvent || WebhookSignature.Fault(context.Request.Headers["Stripe-Signature"].ToString(), bytes, options.WebhookSecret, clock.GetUtcNow()) is not null)
        {
            return new Refusal("bad-signature", 400, "Stripe-Signature: missing, not ours, or too old.").ToProblem();
        }

        try
        {
            using var stripeEvent = JsonDocument.Parse(bytes);
            await payments.TakeAsync(stripeEvent.RootElement);
            return TypedResults.Ok();
        }
        catch (Exception bad) when (bad is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return new Refusal("bad-json", 400, "This is no event.").ToProblem();
        }
    }

    private static async Task<Statement> StatementAsync(Caller caller, PaymentStore payments, SiloDirectory silos)
    {
        var everybody = caller with { Roles = new HashSet<string> { Role.Operator } };
        var paid = (await payments.ListAsync(everybody)).Where(invoice => invoice.Standing is InvoiceState.Paid).ToDictionary(invoice => invoice.Id);
        return new Statement([.. (await payments.LinesAsync(null)).Where(line => paid.ContainsKey(line.Invoice))
            .GroupBy(line => (line.Service, line.Silo, paid[line.Invoice].Currency))
            .Select(group => new StatementLine(
                group.Key.Service, group.Key.Silo is null ? null : silos.NameOf(group.Key.Silo) ?? group.Key.Silo, group.Key.Currency,
                group.Select(line => line.Invoice).Distinct().Count(), group.Sum(line => line.Amount), group.Where(line => line.Transfer is not null).Sum(line => line.Amount)))]);
    }

    private static Invoice Show(InvoiceRow invoice, IReadOnlyList<LineRow> lines, SiloDirectory silos) => new(
        invoice.Id, invoice.Number, invoice.Application, invoice.State.ToLowerInvariant(), invoice.Owed.Show(),
        [.. lines.Select(line => new InvoiceLine(line.Service, line.Silo is null ? null : silos.NameOf(line.Silo) ?? line.Silo, new Money(line.Amount, invoice.Currency).Show()))],
        invoice.Created, invoice.Paid, invoice.Refunded, invoice.LogSeq);
}
