using System.Text.Json;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Research.Api.Outbox;
using Research.Api.Payments;
using Research.Api.Protocol;
using Research.Api.Tests.Running;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;
using Xunit;

namespace Research.Api.Tests.Payments;

[Collection("paid hub")]
public sealed class PaymentTests(PaidHub hub)
{
    /// <summary>Goal: approved and unpaid has no access; paid and approved has (R13). Method: ask before paying, after a declined card, after paying; the hospital's share is passed on.</summary>
    [Fact]
    public async Task Access_needs_approval_and_payment_both()
    {
        hub.Require();
        var application = await hub.ApprovedAsync();
        Assert.Equal("payment-required", await Person.CodeOf(await AskAsync(application)));
        var invoice = await InvoiceAsync(application.Id);
        Assert.Equal(("open", 50001L, "KRW", "50,001 KRW"), (invoice.State, invoice.Total.Minor, invoice.Total.Currency, invoice.Total.Shown));
        Assert.Equal(invoice.Total.Minor, invoice.Lines.Sum(line => line.Amount.Minor));

        var page = await hub.Applicant.PostAsync<CheckoutPage>($"{HubRoutes.Payments}/{invoice.Id}/checkout");
        Assert.Equal(402, (int)(await hub.PayAsync(page.Url, "4000000000000002")).StatusCode);
        await DeliverAsync(invoice.Id);
        Assert.Equal("payment-required", await Person.CodeOf(await AskAsync(application)));

        Assert.Equal(302, (int)(await hub.PayAsync(page.Url, "4242424242424242")).StatusCode);
        await DeliverAsync(invoice.Id);
        Assert.Equal("paid", (await InvoiceAsync(application.Id)).State);
        hub.First.Answer = (200, "application/json", "{}");
        Assert.Equal(200, (int)(await AskAsync(application)).StatusCode);
        await hub.Services.GetRequiredService<EndInvoices>().RoundAsync(TestContext.Current.CancellationToken);
        await SettledAsync(invoice.Id);
        Assert.Contains((await hub.Of(Role.Operator).GetAsync<Statement>(HubRoutes.Payments + "/statement")).Lines, line => line.Hospital == "North Hospital" && line.Passed >= 20001);
    }

    /// <summary>Goal: paid and refused is refunded and has no access. Method: pay while under review, reject, wait for the refund's event.</summary>
    [Fact]
    public async Task A_refused_application_is_refunded()
    {
        hub.Require();
        var application = await hub.UnderReviewAsync();
        var invoice = await InvoiceAsync(application.Id);
        var page = await hub.Applicant.PostAsync<CheckoutPage>($"{HubRoutes.Payments}/{invoice.Id}/checkout");
        await hub.PayAsync(page.Url, "4242424242424242");
        await DeliverAsync(invoice.Id);
        var route = $"{HubRoutes.Applications}/{application.Id}";
        (await hub.VoteAsync(route, hub.Of(Role.Chair), hub.Board[0], "issue", "reject")).EnsureSuccessStatusCode();
        (await hub.VoteAsync(route, hub.Of(Role.CommitteeMember), hub.Board[1], "issue", "reject")).EnsureSuccessStatusCode();
        await hub.Of(Role.Chair).PostAsync<ApplicationView>(route + "/close-vote", new Note("No benefit shown."));
        await hub.Services.GetRequiredService<EndInvoices>().RoundAsync(TestContext.Current.CancellationToken);
        await SettledAsync(invoice.Id);
        await DeliverAsync(invoice.Id);
        Assert.Equal("refunded", (await InvoiceAsync(application.Id)).State);
    }

    /// <summary>Goal: only genuine, fresh events count, and each once. Method: a paid event forged, stale, with another amount, then genuine and doubled; state and log entry are looked at each time.</summary>
    [Fact]
    public async Task Forged_stale_altered_and_doubled_events_change_nothing()
    {
        hub.Require();
        var application = await hub.SubmittedAsync();
        var invoice = await InvoiceAsync(application.Id);
        var paid = JsonSerializer.Serialize(new
        {
            id = "evt_" + Nonce.New(), type = "checkout.session.completed",
            data = new { @object = new { @object = "checkout.session", payment_status = "paid", amount_total = invoice.Total.Minor, currency = "krw", payment_intent = "pi_1", metadata = new { invoice = invoice.Id } } },
        });
        Assert.Equal("bad-signature", await Person.CodeOf(await hub.SendAsync(paid, "whsec_wrong")));
        Assert.Equal("bad-signature", await Person.CodeOf(await hub.SendAsync(paid, age: TimeSpan.FromMinutes(6))));
        Assert.Equal("bad-signature", await Person.CodeOf(await hub.SendAsync(paid, age: TimeSpan.FromMinutes(-6))));
        (await hub.SendAsync(paid.Replace("50001", "1", StringComparison.Ordinal).Replace("evt_", "evt_a", StringComparison.Ordinal))).EnsureSuccessStatusCode();
        (await hub.SendAsync(paid.Replace("krw", "idr", StringComparison.Ordinal).Replace("evt_", "evt_b", StringComparison.Ordinal))).EnsureSuccessStatusCode();
        Assert.Equal("open", (await InvoiceAsync(application.Id)).State);

        (await hub.SendAsync(paid)).EnsureSuccessStatusCode();
        var once = await InvoiceAsync(application.Id);
        Assert.Equal("paid", once.State);
        (await hub.SendAsync(paid)).EnsureSuccessStatusCode();
        (await hub.SendAsync(paid.Replace("evt_", "evt_c", StringComparison.Ordinal))).EnsureSuccessStatusCode();
        Assert.Equal(once with { Lines = [] }, await InvoiceAsync(application.Id) with { Lines = [] });
    }

    /// <summary>Goal: the order in which events arrive changes nothing. Method: an application is paid, withdrawn and refunded; its events reach the hub backwards, each twice; the invoice is refunded, with one log entry.</summary>
    [Fact]
    public async Task Reordered_events_end_where_ordered_ones_do()
    {
        hub.Require();
        var application = await hub.SubmittedAsync();
        var invoice = await InvoiceAsync(application.Id);
        string Event(string type, string amount) => JsonSerializer.Serialize(new Dictionary<string, object>
        {
            ["id"] = "evt_" + Nonce.New(), ["type"] = type,
            ["data"] = new Dictionary<string, object>
            {
                ["object"] = new Dictionary<string, object>
                {
                    ["object"] = "charge", [amount] = invoice.Total.Minor, ["refunded"] = true, ["payment_status"] = "paid", ["currency"] = "krw", ["payment_intent"] = "pi_2",
                    ["metadata"] = new Dictionary<string, string> { ["invoice"] = invoice.Id },
                },
            },
        });
        string[] backwards = [Event("charge.refunded", "amount_refunded"), Event("payment_intent.succeeded", "amount_received"), Event("checkout.session.completed", "amount_total")];
        (await hub.SendAsync(backwards[0])).EnsureSuccessStatusCode();
        var refunded = await InvoiceAsync(application.Id);
        Assert.Equal("refunded", refunded.State);
        foreach (var body in backwards.Concat(backwards))
        {
            (await hub.SendAsync(body)).EnsureSuccessStatusCode();
        }

        Assert.Equal(refunded with { Lines = [] }, await InvoiceAsync(application.Id) with { Lines = [] });
    }

    /// <summary>Goal: the double signs as Stripe does. Method: an event that the double sent over the wire satisfies our verifier.</summary>
    [Fact]
    public async Task The_doubles_signature_satisfies_the_verifier()
    {
        hub.Require();
        var application = await hub.SubmittedAsync();
        var invoice = await InvoiceAsync(application.Id);
        var page = await hub.Applicant.PostAsync<CheckoutPage>($"{HubRoutes.Payments}/{invoice.Id}/checkout");
        await hub.PayAsync(page.Url, "4242424242424242");
        await hub.Second.ReceivedAsync(sent => sent.Route == "POST /stripe" && sent.Body.Contains(invoice.Id, StringComparison.Ordinal), TestContext.Current.CancellationToken);
        var bodies = hub.Second.Received.Where(sent => sent.Route == "POST /stripe").Select(sent => sent.Body).ToList();
        foreach (var (body, signature) in bodies.Zip(hub.Second.Signatures))
        {
            Assert.Null(WebhookSignature.Fault(signature, System.Text.Encoding.UTF8.GetBytes(body), PaidHub.Secret, TimeProvider.System.GetUtcNow()));
        }
    }

    /// <summary>
    /// Goal: the statement adds up to the ledger (C8). Method: the sums of the statement's lines equal the sums of the paid invoices; each paid or refunded invoice names an entry of kind payment
    /// whose salted commitment opens to exactly this invoice, state, amount and currency; no member of either counts patients.
    /// </summary>
    [Fact]
    public async Task The_statement_adds_up_to_the_ledger()
    {
        hub.Require();
        var invoice = await InvoiceAsync((await hub.SubmittedAsync()).Id);
        await hub.PayAsync((await hub.Applicant.PostAsync<CheckoutPage>($"{HubRoutes.Payments}/{invoice.Id}/checkout")).Url, "4242424242424242");
        await DeliverAsync(invoice.Id);
        var all = await hub.Of(Role.Operator).GetAsync<List<Invoice>>(HubRoutes.Payments);
        var statement = await hub.Of(Role.Operator).GetAsync<Statement>(HubRoutes.Payments + "/statement");
        Assert.Equal(all.Where(one => one.State == "paid").Sum(one => one.Total.Minor), statement.Lines.Sum(line => line.Minor));

        var database = hub.Services.GetRequiredService<Database>();
        foreach (var one in all.Where(one => one.Entry is not null))
        {
            var (kind, content, salt) = await database.ReadAsync(connection => connection.QuerySingleAsync<(string, string, string)>("SELECT kind, content, salt FROM log_subjects WHERE seq = @Entry", new { one.Entry }));
            var entry = (await hub.Of(Role.Auditor).GetAsync<List<JsonElement>>($"{HubRoutes.LedgerEntries}?from={one.Entry}&count=1")).Single();
            var state = char.ToUpperInvariant(one.State[0]) + one.State[1..];
            Assert.Equal((EntryKind.Payment, Hash32.Of($"{one.Id} {state} {one.Total.Minor} {one.Total.Currency}").ToString()), (kind, content));
            Assert.Equal(new Opening(Hash32.Parse(content), Hash32.Parse(salt)).Commit().ToString(), entry.GetProperty("subjectHash").GetString());
        }
    }

    /// <summary>Goal: a hub that no webhook reaches still learns of a payment. Method: pay; ask the double for its events, twice; the invoice is paid and its log entry the same.</summary>
    [Fact]
    public async Task Events_that_are_asked_for_count_as_those_that_are_sent()
    {
        hub.Require();
        var application = await hub.SubmittedAsync();
        var invoice = await InvoiceAsync(application.Id);
        await hub.PayAsync((await hub.Applicant.PostAsync<CheckoutPage>($"{HubRoutes.Payments}/{invoice.Id}/checkout")).Url, "4242424242424242");
        using var follow = ActivatorUtilities.CreateInstance<FollowEvents>(hub.Services);
        await follow.RoundAsync(TestContext.Current.CancellationToken);
        var once = await InvoiceAsync(application.Id);
        Assert.Equal("paid", once.State);
        await follow.RoundAsync(TestContext.Current.CancellationToken);
        Assert.Equal(once with { Lines = [] }, await InvoiceAsync(application.Id) with { Lines = [] });
    }

    private async Task DeliverAsync(string invoice)
    {
        foreach (var body in await hub.EventsAsync(invoice))
        {
            (await hub.SendAsync(body)).EnsureSuccessStatusCode();
        }
    }

    private async Task<Invoice> InvoiceAsync(string application) => (await hub.Applicant.GetAsync<List<Invoice>>(HubRoutes.Payments)).Single(invoice => invoice.Application == application);

    private async Task<HttpResponseMessage> AskAsync(ApplicationView application)
    {
        var signed = new SignedQuery(hub.Deployment.ChainId, hub.Deployment.Members, Nonce.New(), Hash32.Parse(application.Permit!), hub.First.Register, "cohort", Hash32.Random());
        return await hub.Applicant.TryPostAsync(HubRoutes.Queries, new QueryRelay(Person.Json(SignedRecord.Sign(signed, hub.Applicant.Key)), JsonSerializer.SerializeToElement(new { })));
    }

    /// <summary>Runs the outbox's work for an invoice now.</summary>
    private Task SettledAsync(string invoice) => hub.Services.GetRequiredService<OutboxRunner>().DrainAsync("invoice/" + invoice, TestContext.Current.CancellationToken);
}
