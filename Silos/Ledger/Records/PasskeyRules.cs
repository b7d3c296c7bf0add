using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Silos.Ledger.Records;

/// <summary>Where a passkey's signature may come from (WebAuthn Level 2, section 7.2, steps 13 to 15): a page of another origin cannot have one made for its own text.</summary>
/// <param name="RelyingParty">The relying party's id: the host that the passkey was made for.</param>
/// <param name="Origins">Origins whose pages may ask for signatures; none, and passkeys are refused.</param>
public sealed record PasskeyRules(string RelyingParty, IReadOnlyList<string> Origins)
{
    /// <returns>Null when the assertion was made for this relying party, on a page of an allowed origin, not within a frame of another; else what is wrong.</returns>
    public string? Refusal(string? authenticatorData, string? clientDataJson)
    {
        var authenticator = Base64Text.TryDecode(authenticatorData);
        var client = Base64Text.TryDecode(clientDataJson);
        if (authenticator is not { Length: >= 37 } || client is null)
        {
            return "authenticatorData, clientDataJSON: are not those of a passkey";
        }

        if (!CryptographicOperations.FixedTimeEquals(authenticator.AsSpan(0, 32), SHA256.HashData(Encoding.UTF8.GetBytes(RelyingParty))))
        {
            return $"authenticatorData: the passkey is not one of '{RelyingParty}'";
        }

        try
        {
            using var json = JsonDocument.Parse(client);
            var origin = json.RootElement.GetProperty("origin").GetString();
            return origin is null || !Origins.Contains(origin) ? $"clientDataJSON.origin: '{Short(origin)}'; allowed: {(Origins.Count == 0 ? "none, this hospital takes no passkeys" : string.Join(", ", Origins))}"
                : json.RootElement.TryGetProperty("crossOrigin", out var crossed) && crossed.ValueKind != JsonValueKind.False ? "clientDataJSON.crossOrigin: is set; allowed is a page of its own, no frame"
                : null;
        }
        catch (Exception bad) when (bad is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return "clientDataJSON: names no origin";
        }
    }

    private static string? Short(string? text) => text?.Length > 100 ? text[..100] + "…" : text;
}
