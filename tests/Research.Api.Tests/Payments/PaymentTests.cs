using System.Text.Json;
using Research.Api.Payments;
using Research.Api.Protocol;
using Research.Api.Tests.Running;
using Silos.Ledger.Records;
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
        await UntilAsync(async () => (await hub.Of(Role.Operator).GetAsync<Statement>(HubRoutes.Payments + "/statement")).Lines.Any(line => line.Hospital == "North Hospital" && line.Passed >= 20001));
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
        await UntilAsync(async () =>
        {
            await DeliverAsync(invoice.Id);
            return (await InvoiceAsync(application.Id)).State == "refunded";
        });
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

    /// <summary>Goal: the double signs as Stripe does. Method: an event that the double sent over the wire satisfies our verifier.</summary>
    [Fact]
    public async Task The_doubles_signature_satisfies_the_verifier()
    {
        hub.Require();
        var application = await hub.SubmittedAsync();
        var invoice = await InvoiceAsync(application.Id);
        var page = await hub.Applicant.PostAsync<CheckoutPage>($"{HubRoutes.Payments}/{invoice.Id}/checkout");
        await hub.PayAsync(page.Url, "4242424242424242");
        await UntilAsync(() => Task.FromResult(hub.Second.Received.Any(sent => sent.Route == "POST /stripe" && sent.Body.Contains(invoice.Id, StringComparison.Ordinal))));
        var bodies = hub.Second.Received.Where(sent => sent.Route == "POST /stripe").Select(sent => sent.Body).ToList();
        foreach (var (body, signature) in bodies.Zip(hub.Second.Signatures))
        {
            Assert.Null(WebhookSignature.Fault(signature, System.Text.Encoding.UTF8.GetBytes(body), PaidHub.Secret, TimeProvider.System.GetUtcNow()));
        }
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

    /// <summary>Asks again until it holds; the test run's own limit ends it if it never does.</summary>
    private static async Task UntilAsync(Func<Task<bool>> holds)
    {
        while (!await holds())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), TestContext.Current.CancellationToken);
        }
    }
}
