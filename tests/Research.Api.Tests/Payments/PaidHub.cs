using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Research.Api.Payments;
using Research.Api.Protocol;
using Research.Api.Tests.Running;
using Story;
using Xunit;

namespace Research.Api.Tests.Payments;

/// <summary>A hub that asks for money, and the double of Stripe as a process of its own.</summary>
public sealed class PaidHub : HubFixture
{
    internal const string Secret = "whsec_test_hub";
    private Host? stripe;

    internal HttpClient Stripe { get; } = new(new HttpClientHandler { AllowAutoRedirect = false });

    protected override async Task<IReadOnlyDictionary<string, string>> SettingsAsync()
    {
        stripe = Host.Start("stripe", "StripeDouble", "StripeDouble.dll", Host.FreeBasePort(), Path.Combine(Folder, "stripe.log"), [("Double:ApiKey", "sk_test_hub"), ("Double:WebhookSecret", Secret), ("Double:Webhook", Second.Url + "/stripe")]);
        await stripe.ReadyAsync(TimeSpan.FromSeconds(60));
        Stripe.BaseAddress = stripe.Url;
        Stripe.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "sk_test_hub");
        return new Dictionary<string, string>
        {
            ["Payments:Currency"] = "KRW",
            ["Payments:ReviewFee"] = "30000",
            ["Payments:DatasetFee"] = "20001",
            [$"Payments:Accounts:{First.Register}"] = "acct_north",
            ["Stripe:Url"] = stripe.Url.ToString(),
            ["Stripe:ApiKey"] = "sk_test_hub",
            ["Stripe:WebhookSecret"] = Secret,
        };
    }

    /// <summary>Every event that the double raised about this invoice, oldest first.</summary>
    internal async Task<IReadOnlyList<string>> EventsAsync(string invoice)
    {
        using var list = JsonDocument.Parse(await Stripe.GetStringAsync("/v1/events?limit=100"));
        return [.. list.RootElement.GetProperty("data").EnumerateArray().Select(one => one.GetRawText()).Where(text => text.Contains(invoice, StringComparison.Ordinal)).Reverse()];
    }

    /// <summary>Brings an event to the hub, signed as told.</summary>
    internal async Task<HttpResponseMessage> SendAsync(string body, string? secret = null, TimeSpan age = default)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, HubRoutes.PaymentEvents) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.Add("Stripe-Signature", WebhookSignature.Sign(Encoding.UTF8.GetBytes(body), secret ?? Secret, TimeProvider.System.GetUtcNow() - age));
        return await Anybody().SendAsync(request);
    }

    internal Task<HttpResponseMessage> PayAsync(string url, string card) =>
        Stripe.PostAsync(new Uri(url), new FormUrlEncodedContent([KeyValuePair.Create("card", card)]));

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        Stripe.Dispose();
        if (stripe is not null)
        {
            await stripe.DisposeAsync();
        }
    }
}

/// <summary>Tests that share one hub that asks for money.</summary>
[CollectionDefinition("paid hub")]
public sealed class PaidHubCollection : ICollectionFixture<PaidHub>;
