using System.Security.Cryptography;
using System.Text.Json;

namespace Silos.Ledger.Records;

/// <summary>A passkey's signature (WebAuthn Level 2, section 7.2): over authenticatorData ‖ SHA-256(clientDataJSON), whose challenge is the hash that was to be signed.</summary>
public static class WebAuthnAssertion
{
    private const int UserPresent = 0x01;
    private const int UserVerified = 0x04;

    /// <summary>Whether the passkey signed this challenge, with its user present and verified. Where it was used, <see cref="PasskeyRules"/> judges.</summary>
    public static bool Verify(PublicKey key, Hash32 challenge, string? authenticatorData, string? clientDataJson, byte[] signature)
    {
        var authenticator = Base64Text.TryDecode(authenticatorData);
        var client = Base64Text.TryDecode(clientDataJson);
        if (authenticator is not { Length: >= 37 } || client is null)
        {
            return false;
        }

        var flags = authenticator[32];
        if ((flags & UserPresent) == 0 || (flags & UserVerified) == 0 || !NamesChallenge(client, challenge))
        {
            return false;
        }

        return key.Verify([.. authenticator, .. SHA256.HashData(client)], signature);
    }

    private static bool NamesChallenge(byte[] clientDataJson, Hash32 challenge)
    {
        try
        {
            using var client = JsonDocument.Parse(clientDataJson);
            return client.RootElement.GetProperty("type").GetString() == "webauthn.get"
                && client.RootElement.GetProperty("challenge").GetString() == challenge.ToString();
        }
        catch (Exception bad) when (bad is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return false;
        }
    }
}
