using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Silos.Ledger.Records;

/// <summary>
/// A signed body as it travels: the body, the signer's public key, and the signature over the body's canonical bytes.
/// A passkey signs with challenge = SHA-256 of those bytes, and then the two WebAuthn members are there.
/// </summary>
public sealed record SignedRecord(JsonObject Body, Jwk Key, string Signature, string? AuthenticatorData = null, string? ClientDataJSON = null)
{
    /// <summary>Signs a typed record with a key file.</summary>
    public static SignedRecord Sign<T>(T record, SigningKey key)
    {
        var body = CanonicalJson.ToJson(record);
        return new SignedRecord(body, key.Public.Jwk, Base64Text.Encode(key.Sign(CanonicalJson.Bytes(body))));
    }

    /// <summary>SHA-256 of the body's canonical bytes: how the record is named and committed to.</summary>
    public Hash32 Hash() => CanonicalJson.Hash(Body);

    /// <summary>RFC 7638 thumbprint of the key that the record carries.</summary>
    /// <exception cref="FormatException">The key is no P-256 key.</exception>
    public Hash32 KeyId()
    {
        using var key = PublicKey.From(Key);
        return key.Id;
    }

    /// <summary>The typed body, if the signature is the carried key's over exactly this body, of this type, for this deployment.</summary>
    /// <returns>The body, or the reason why there is none; never throws on a stranger's bytes.</returns>
    public Verified<T> Open<T>(Deployed deployed)
        where T : class, ISignedBody
    {
        try
        {
            using var key = PublicKey.From(Key);
            if (Key != key.Jwk)
            {
                return new Verified<T>(null, default, "the key holds more than the signer's public key");
            }

            if (!SignatureIsValid(key))
            {
                return new Verified<T>(null, default, "the signature does not verify");
            }

            var body = CanonicalJson.Read<T>(Body);
            var reason = body.Type != T.RecordType ? $"type is '{body.Type}'; allowed is '{T.RecordType}'"
                : body.Version != 1 ? $"version is {body.Version}; allowed is 1"
                : body.ChainId != deployed.ChainId ? $"chainId is '{body.ChainId}'; allowed is '{deployed.ChainId}'"
                : body.Contract != deployed.Contract ? $"contract is '{body.Contract}'; allowed is '{deployed.Contract}'"
                : null;
            return reason is null ? new Verified<T>(body, key.Id, null) : new Verified<T>(null, key.Id, reason);
        }
        catch (Exception bad) when (bad is FormatException or JsonException or CryptographicException or InvalidOperationException)
        {
            return new Verified<T>(null, default, bad.Message);
        }
    }

    private bool SignatureIsValid(PublicKey key)
    {
        var signature = Base64Text.TryDecode(Signature);
        if (signature is null)
        {
            return false;
        }

        var bytes = CanonicalJson.Bytes(Body);
        if (AuthenticatorData is null && ClientDataJSON is null)
        {
            return key.Verify(bytes, signature);
        }

        return WebAuthnAssertion.Verify(key, Hash32.Of(bytes), AuthenticatorData, ClientDataJSON, signature);
    }
}

/// <summary>A body that is signed names its type, its version, the deployment it is meant for, and a nonce of its own.</summary>
public interface ISignedBody
{
    static abstract string RecordType { get; }

    string Type { get; }

    int Version { get; }

    string ChainId { get; }

    string Contract { get; }

    string Nonce { get; }
}

/// <summary>The deployment that records are bound to: the chain's id and the address of its Members contract.</summary>
public sealed record Deployed(string ChainId, string Contract);

/// <summary>A verified body and its signer's key id, or the reason why it was not verified.</summary>
public sealed record Verified<T>(T? Body, Hash32 Signer, string? Reason)
    where T : class;
