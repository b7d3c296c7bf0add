using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Silos.Ledger.Records;

/// <summary>
/// A signed body as it travels: the body, the signer's public key, and the signature over the body's canonical bytes.
/// A passkey signs with challenge = SHA-256 of those bytes, and then the two WebAuthn members are there. Where more than one must sign,
/// the others' signatures over the same bytes are <paramref name="Cosignatures"/>.
/// </summary>
public sealed record SignedRecord(
    JsonObject Body, Jwk Key, string Signature, string? AuthenticatorData = null, string? ClientDataJSON = null, IReadOnlyList<Cosigner>? Cosignatures = null)
{
    /// <summary>Signatures that a record may have besides the first.</summary>
    public const int MostCosignatures = 8;

    /// <summary>Signs a typed record with a key file.</summary>
    public static SignedRecord Sign<T>(T record, SigningKey key)
    {
        var body = CanonicalJson.ToJson(record);
        return new SignedRecord(body, key.Public.Jwk, Base64Text.Encode(key.Sign(CanonicalJson.Bytes(body))));
    }

    /// <summary>The same record with this key's signature beside those that it has.</summary>
    public SignedRecord CosignedBy(SigningKey key) => this with
    {
        Cosignatures = [.. Cosignatures ?? [], new Cosigner(key.Public.Jwk, Base64Text.Encode(key.Sign(CanonicalJson.Bytes(Body))))],
    };

    /// <summary>SHA-256 of the body's canonical bytes: how the record is named and committed to.</summary>
    public Hash32 Hash() => CanonicalJson.Hash(Body);

    /// <summary>RFC 7638 thumbprint of the key that the record carries.</summary>
    /// <exception cref="FormatException">The key is no P-256 key.</exception>
    public Hash32 KeyId()
    {
        var key = PublicKey.From(Key);
        return key.Id;
    }

    /// <summary>The typed body, if the signature is the carried key's over exactly this body, of this type, for this deployment.</summary>
    /// <returns>The body, or the reason why there is none; never throws on a stranger's bytes.</returns>
    public Verified<T> Open<T>(Deployed deployed)
        where T : class, ISignedBody
    {
        try
        {
            if (Cosignatures is not null)
            {
                return new Verified<T>(null, default, "cosignatures: are there; this record has one signature");
            }

            var bytes = CanonicalJson.Bytes(Body);
            if (SignerOf(bytes, Key, Signature, AuthenticatorData, ClientDataJSON, out var fault) is not { } signer)
            {
                return new Verified<T>(null, default, fault);
            }

            var body = CanonicalJson.Read<T>(Body);
            var reason = WrongDeployment(body, deployed);
            return reason is null ? new Verified<T>(body, signer, null) : new Verified<T>(null, signer, reason);
        }
        catch (Exception bad) when (IsStrangers(bad))
        {
            return new Verified<T>(null, default, Words(bad));
        }
    }

    /// <summary>The typed body with everybody who signed it, if each signature is a carried key's over exactly this body, of this type, for this deployment.</summary>
    /// <param name="passkeys">Where passkeys may have been used; null when the reader does not know, and then origins are not judged.</param>
    /// <returns>The body and its signers, each once, or the reason why there is none; never throws on a stranger's bytes.</returns>
    public VerifiedByAll<T> OpenAll<T>(Deployed deployed, PasskeyRules? passkeys)
        where T : class, ISignedBody
    {
        try
        {
            var all = (Cosignatures ?? []).Prepend(new Cosigner(Key, Signature, AuthenticatorData, ClientDataJSON)).ToList();
            if (all.Count > MostCosignatures + 1)
            {
                return new VerifiedByAll<T>(null, [], $"cosignatures: {all.Count - 1}; allowed are at most {MostCosignatures}");
            }

            var bytes = CanonicalJson.Bytes(Body);
            var signers = new List<Hash32>();
            foreach (var one in all)
            {
                string? fault = "is null";
                if (one is null || SignerOf(bytes, one.Key, one.Signature, one.AuthenticatorData, one.ClientDataJSON, out fault) is not { } signer)
                {
                    return new VerifiedByAll<T>(null, [], "signature: " + fault);
                }

                if (signers.Contains(signer))
                {
                    return new VerifiedByAll<T>(null, [], $"cosignatures: '{signer}' signed twice; allowed is each key once");
                }

                if (passkeys is not null && one.ClientDataJSON is not null && passkeys.Refusal(one.AuthenticatorData, one.ClientDataJSON) is { } refused)
                {
                    return new VerifiedByAll<T>(null, [], refused);
                }

                signers.Add(signer);
            }

            var body = CanonicalJson.Read<T>(Body);
            var reason = WrongDeployment(body, deployed);
            return reason is null ? new VerifiedByAll<T>(body, signers, null) : new VerifiedByAll<T>(null, signers, reason);
        }
        catch (Exception bad) when (IsStrangers(bad))
        {
            return new VerifiedByAll<T>(null, [], Words(bad));
        }
    }

    private static string? WrongDeployment<T>(T body, Deployed deployed)
        where T : ISignedBody =>
        body.Type != T.RecordType ? $"type is '{body.Type}'; allowed is '{T.RecordType}'"
        : body.Version != 1 ? $"version is {body.Version}; allowed is 1"
        : body.ChainId != deployed.ChainId ? $"chainId is '{body.ChainId}'; allowed is '{deployed.ChainId}'"
        : body.Contract != deployed.Contract ? $"contract is '{body.Contract}'; allowed is '{deployed.Contract}'"
        : null;

    /// <summary>What reading a stranger's JSON and keys may throw. An object with a name twice throws ArgumentException when it is first looked into.</summary>
    private static bool IsStrangers(Exception bad) =>
        bad is FormatException or JsonException or CryptographicException or InvalidOperationException or ArgumentException or NotSupportedException;

    /// <summary>What is wrong, with the member that it is about.</summary>
    private static string Words(Exception bad) =>
        bad is JsonException { Path: { Length: > 2 } path } && !bad.Message.Contains(path, StringComparison.Ordinal) ? $"{path[2..]}: {bad.Message}" : bad.Message;

    /// <summary>Key id of the carried key, if the signature over the bytes is its own.</summary>
    private static Hash32? SignerOf(byte[] bytes, Jwk jwk, string written, string? authenticatorData, string? clientDataJson, out string? fault)
    {
        var key = PublicKey.From(jwk);
        if (jwk != key.Jwk)
        {
            fault = "the key holds more than the signer's public key";
            return null;
        }

        fault = "the signature does not verify";
        if (Base64Text.TryDecode(written) is not { } signature)
        {
            return null;
        }

        var valid = authenticatorData is null && clientDataJson is null
            ? key.Verify(bytes, signature)
            : WebAuthnAssertion.Verify(key, Hash32.Of(bytes), authenticatorData, clientDataJson, signature);
        return valid ? key.Id : null;
    }
}

/// <summary>One more signature over a record's body.</summary>
public sealed record Cosigner(Jwk Key, string Signature, string? AuthenticatorData = null, string? ClientDataJSON = null);

/// <summary>A verified body and everybody who signed it, or the reason why it was not verified.</summary>
public sealed record VerifiedByAll<T>(T? Body, IReadOnlyList<Hash32> Signers, string? Reason)
    where T : class;

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
