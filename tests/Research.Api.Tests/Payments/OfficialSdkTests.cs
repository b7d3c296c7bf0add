using System.Text;
using System.Text.Json;
using Research.Api.Payments;
using Research.Api.Protocol;
using Research.Api.Tests.Running;
using Story;
using Xunit;

namespace Research.Api.Tests.Payments;

[Collection("paid hub")]
public sealed class OfficialSdkTests(PaidHub hub)
{
    private const string Payload = """{"id":"evt_sdk","object":"event","type":"checkout.session.completed"}""";

    /// <summary>
    /// Goal: Stripe's own library takes the double for Stripe, and both sides' webhook signatures satisfy the other. Method: npm <c>stripe</c> makes, reads,
    /// pays, refunds and transfers, and is refused in Stripe's ways; it opens an event that the double sent and one that we signed; our verifier opens its header.
    /// </summary>
    [Fact]
    public async Task Stripes_own_library_takes_the_double_for_Stripe()
    {
        hub.Require();
        hub.RequireOtherPrograms();
        var application = await hub.SubmittedAsync();
        var invoice = (await hub.Applicant.GetAsync<List<Invoice>>(HubRoutes.Payments)).Single(one => one.Application == application.Id);
        await hub.PayAsync((await hub.Applicant.PostAsync<CheckoutPage>($"{HubRoutes.Payments}/{invoice.Id}/checkout")).Url, "4242424242424242");
        await hub.Second.ReceivedAsync(one => one.Route == "POST /stripe" && one.Body.Contains(invoice.Id, StringComparison.Ordinal), TestContext.Current.CancellationToken);
        var now = TimeProvider.System.GetUtcNow();
        var sent = hub.Second.Received.Where(one => one.Route == "POST /stripe").Select(one => one.Body).Zip(hub.Second.Signatures, (body, header) => new { body, header }).TakeLast(1)
            .Append(new { body = Payload, header = WebhookSignature.Sign(Encoding.UTF8.GetBytes(Payload), PaidHub.Secret, now) });
        var input = JsonSerializer.Serialize(new { url = hub.Stripe.BaseAddress, key = "sk_test_hub", sent, secret = PaidHub.Secret, payload = Payload });
        using var read = JsonDocument.Parse(await OtherPrograms.RunAsync("stripe.mjs", input));
        string Of(string name) => read.RootElement.GetProperty(name).GetRawText();

        Assert.Equal("""["checkout.session",50001,"krw","unpaid","one",true]""", Of("session"));
        Assert.Equal("""["payment_intent","succeeded",1200,true]""", Of("intent"));
        Assert.Equal("""["refund",1200,"succeeded"]""", Of("refund"));
        Assert.Equal("""["transfer","acct_north",700]""", Of("transfer"));
        Assert.Equal("""["list","event",true]""", Of("events"));
        Assert.Equal(
            """["StripeIdempotencyError  400","StripeInvalidRequestError charge_already_refunded 400","StripeInvalidRequestError resource_missing 404","StripeAuthenticationError  401","StripeInvalidRequestError parameter_invalid_integer 400"]""",
            Of("refusals"));
        Assert.EndsWith(""","checkout.session.completed"]""", Of("constructed"), StringComparison.Ordinal);
        Assert.Equal("""["StripeSignatureVerificationError","StripeSignatureVerificationError"]""", Of("forged"));
        Assert.Null(WebhookSignature.Fault(read.RootElement.GetProperty("header").GetString()!, Encoding.UTF8.GetBytes(Payload), PaidHub.Secret, TimeProvider.System.GetUtcNow()));
        Assert.NotNull(WebhookSignature.Fault(read.RootElement.GetProperty("header").GetString()!, Encoding.UTF8.GetBytes(Payload + " "), PaidHub.Secret, TimeProvider.System.GetUtcNow()));
    }
}
