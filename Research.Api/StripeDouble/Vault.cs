using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace StripeDouble;

/// <summary>Every object by id, as Stripe would show it, and answers to requests with an idempotency key.</summary>
internal sealed class Vault(TimeProvider clock)
{
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    /// <summary>Objects by id. Whoever changes one holds <see cref="Gate"/>.</summary>
    public ConcurrentDictionary<string, JsonObject> Objects { get; } = new();

    /// <summary>Status and body by idempotency key, with the form that was sent.</summary>
    public ConcurrentDictionary<string, (string Form, int Status, string Body)> Answers { get; } = new();

    /// <summary>One change at a time.</summary>
    public SemaphoreSlim Gate { get; } = new(1, 1);

    public long Now => clock.GetUtcNow().ToUnixTimeSeconds();

    /// <summary>Keeps a new object of this kind and gives it id, time and test mode.</summary>
    public JsonObject Add(string prefix, string kind, JsonObject body)
    {
        body["id"] = $"{prefix}_{RandomNumberGenerator.GetString(Alphabet, 24)}";
        body["object"] = kind;
        body["created"] = Now;
        body["livemode"] = false;
        Objects[body["id"]!.GetValue<string>()] = body;
        return body;
    }

    public JsonObject? Find(string? id, string kind) => id is not null && Objects.TryGetValue(id, out var found) && found["object"]!.GetValue<string>() == kind ? found : null;
}
