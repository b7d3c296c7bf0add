using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Silos.Ledger.Records;

/// <summary>
/// A file sealed to one P-256 key: a compact JWE (RFC 7516) with ECDH-ES in direct key agreement (RFC 7518 section 4.6) and A256GCM.
/// Whoever relays it learns its length.
/// </summary>
public static class SealedFile
{
    private const string Encryption = "A256GCM";
    private const int TagLength = 16;

    private sealed record Header(string Alg, string Enc, Jwk Epk, string Kid);

    /// <summary>Seals the bytes to the key, with a key pair made for this file alone.</summary>
    public static string Seal(ReadOnlySpan<byte> file, PublicKey to)
    {
        using var ephemeral = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        var q = ephemeral.ExportParameters(false).Q;
        var epk = new Jwk("P-256", "EC", Base64Text.Encode(q.X!), Base64Text.Encode(q.Y!));
        var header = Base64Text.Encode(JsonSerializer.SerializeToUtf8Bytes(new Header("ECDH-ES", Encryption, epk, to.Id.ToString()), CanonicalJson.Options));
        using var recipient = ECDiffieHellman.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = new ECPoint { X = to.X.ToArray(), Y = to.Y.ToArray() } });
        var iv = RandomNumberGenerator.GetBytes(12);
        var cipherText = new byte[file.Length];
        var tag = new byte[TagLength];
        using var cipher = new AesGcm(ContentKey(ephemeral.DeriveRawSecretAgreement(recipient.PublicKey)), TagLength);
        cipher.Encrypt(iv, file, cipherText, tag, Encoding.ASCII.GetBytes(header));
        return $"{header}..{Base64Text.Encode(iv)}.{Base64Text.Encode(cipherText)}.{Base64Text.Encode(tag)}";
    }

    /// <summary>Opens what was sealed to the key.</summary>
    /// <exception cref="FormatException">Not such a JWE.</exception>
    /// <exception cref="CryptographicException">Sealed to another key, or changed on the way.</exception>
    public static byte[] Open(string jwe, SigningKey key)
    {
        var parts = jwe.Split('.');
        if (parts.Length != 5 || parts[1].Length != 0)
        {
            throw new FormatException("sealed file: allowed are five parts, the second of them empty (ECDH-ES)");
        }

        var header = JsonSerializer.Deserialize<Header>(Base64Text.Decode(parts[0]), CanonicalJson.Options);
        if (header is not { Alg: "ECDH-ES", Enc: Encryption })
        {
            throw new FormatException($"sealed file: {header?.Alg}/{header?.Enc}; allowed is ECDH-ES/{Encryption}");
        }

        var sender = PublicKey.From(header.Epk);
        using var own = key.ForKeyAgreement();
        using var theirs = ECDiffieHellman.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = new ECPoint { X = sender.X.ToArray(), Y = sender.Y.ToArray() } });
        var cipherText = Base64Text.Decode(parts[3]);
        var clear = new byte[cipherText.Length];
        using var cipher = new AesGcm(ContentKey(own.DeriveRawSecretAgreement(theirs.PublicKey)), TagLength);
        cipher.Decrypt(Base64Text.Decode(parts[2]), cipherText, Base64Text.Decode(parts[4]), clear, Encoding.ASCII.GetBytes(parts[0]));
        return clear;
    }

    /// <summary>The Concat KDF of NIST SP 800-56A with SHA-256 for one block: round 1 ‖ Z ‖ AlgorithmID ‖ no PartyUInfo ‖ no PartyVInfo ‖ 256.</summary>
    private static byte[] ContentKey(byte[] sharedSecret)
    {
        var algorithm = Encoding.ASCII.GetBytes(Encryption);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Number(1));
        hash.AppendData(sharedSecret);
        hash.AppendData(Number(algorithm.Length));
        hash.AppendData(algorithm);
        hash.AppendData(Number(0));
        hash.AppendData(Number(0));
        hash.AppendData(Number(256));
        return hash.GetHashAndReset();
    }

    private static byte[] Number(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }
}
