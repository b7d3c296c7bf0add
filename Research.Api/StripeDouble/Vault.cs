using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace StripeDouble;

/// <summary>Every object by id, as Stripe would show it, and answers to requests with an idempotency key. Kept in a file where one is named (<c>Double:File</c>).</summary>
internal sealed class Vault
{
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    private readonly TimeProvider clock;
    private readonly string? file;

    public Vault(TimeProvider clock, IConfiguration configuration)
    {
        this.clock = clock;
        file = configuration["Double:File"];
        if (!File.Exists(file))
        {
            return;
        }

        var kept = JsonSerializer.Deserialize<Kept>(File.ReadAllText(file))!;
        Objects = new(kept.Objects);
        Answers = new(kept.Answers.Select(pair => KeyValuePair.Create(pair.Key, (pair.Value.Form, pair.Value.Status, pair.Value.Body))));
    }

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

    /// <summary>Writes everything to the file, if there is one. Whoever calls holds <see cref="Gate"/>.</summary>
    public void Save()
    {
        if (file is null)
        {
            return;
        }

        var kept = new Kept(new(Objects), Answers.ToDictionary(pair => pair.Key, pair => new KeptAnswer(pair.Value.Form, pair.Value.Status, pair.Value.Body)));
        File.WriteAllText(file + ".new", JsonSerializer.Serialize(kept));
        File.Move(file + ".new", file, overwrite: true);
    }

    public JsonObject? Find(string? id, string kind) => id is not null && Objects.TryGetValue(id, out var found) && found["object"]!.GetValue<string>() == kind ? found : null;

    private sealed record KeptAnswer(string Form, int Status, string Body);

    private sealed record Kept(Dictionary<string, JsonObject> Objects, Dictionary<string, KeptAnswer> Answers);
}
