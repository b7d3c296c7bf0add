using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Channels;

namespace StripeDouble;

/// <summary>Sends one event, signed as Stripe signs: <c>t=…,v1=HMAC-SHA256(secret, "t.body")</c>.</summary>
internal sealed class EventSender(HttpClient http, IConfiguration configuration, TimeProvider clock)
{
    private readonly string secret = configuration["Double:WebhookSecret"] ?? "whsec_double";
    private readonly string? target = configuration["Double:Webhook"];

    /// <returns>Whether the receiver took it, or there is none.</returns>
    public async Task<bool> SendAsync(JsonObject stripeEvent, CancellationToken cancel)
    {
        if (target is null)
        {
            return true;
        }

        var body = stripeEvent.ToJsonString();
        var time = clock.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        using var request = new HttpRequestMessage(HttpMethod.Post, target) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.Add("Stripe-Signature", $"t={time},v1={Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes($"{time}.{body}")))}");
        try
        {
            using var answer = await http.SendAsync(request, cancel);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}

/// <summary>Events in the order in which they happened, each sent until the receiver takes it (ten times at most, a second apart).</summary>
internal sealed class EventQueue(Vault vault, IServiceScopeFactory scopes) : BackgroundService
{
    private readonly Channel<JsonObject> waiting = Channel.CreateUnbounded<JsonObject>();

    /// <summary>Records an event about an object as it is now, and sends it soon.</summary>
    public void Raise(string type, JsonObject about)
    {
        var raised = vault.Add("evt", "event", new JsonObject
        {
            ["api_version"] = "2025-03-31.basil", ["type"] = type, ["pending_webhooks"] = 1, ["request"] = new JsonObject { ["id"] = null, ["idempotency_key"] = null },
            ["data"] = new JsonObject { ["object"] = about.DeepClone() },
        });
        waiting.Writer.TryWrite((JsonObject)raised.DeepClone());
    }

    /// <summary>Events that were not delivered when the double stopped go first.</summary>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        foreach (var left in vault.Objects.Values.Where(one => one["object"]!.GetValue<string>() == "event" && one["pending_webhooks"]!.GetValue<int>() > 0).OrderBy(one => one["created"]!.GetValue<long>()))
        {
            waiting.Writer.TryWrite((JsonObject)left.DeepClone());
        }

        await foreach (var raised in waiting.Reader.ReadAllAsync(stoppingToken))
        {
            await using var scope = scopes.CreateAsyncScope();
            var sender = scope.ServiceProvider.GetRequiredService<EventSender>();
            var taken = await sender.SendAsync(raised, stoppingToken);
            for (var attempt = 1; attempt < 10 && !taken; attempt++)
            {
                await Task.Delay(TimeSpan.FromSeconds(1), stoppingToken);
                taken = await sender.SendAsync(raised, stoppingToken);
            }

            if (taken)
            {
                await DeliveredAsync(raised["id"]!.GetValue<string>(), stoppingToken);
            }
        }
    }

    private async Task DeliveredAsync(string id, CancellationToken cancel)
    {
        await vault.Gate.WaitAsync(cancel);
        try
        {
            vault.Objects[id]["pending_webhooks"] = 0;
            vault.Save();
        }
        finally
        {
            vault.Gate.Release();
        }
    }
}
