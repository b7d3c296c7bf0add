using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using System.Text.Json;

namespace Silos.Ledger.Records;

/// <summary>A P-256 key pair that signs: ECDSA with SHA-256, r‖s, low s (the chain's verifier refuses high s).</summary>
public sealed class SigningKey : IDisposable
{
    internal static readonly BigInteger Order = BigInteger.Parse("0ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", NumberStyles.HexNumber, CultureInfo.InvariantCulture);
    internal static readonly BigInteger HalfOrder = Order / 2;

    private readonly ECDsa key;

    private SigningKey(ECDsa key)
    {
        this.key = key;
        var q = key.ExportParameters(false).Q;
        Public = PublicKey.From(q.X!, q.Y!);
    }

    public PublicKey Public { get; }

    /// <summary>RFC 7638 thumbprint of the public key.</summary>
    public Hash32 Id => Public.Id;

    public static SigningKey Create() => new(ECDsa.Create(ECCurve.NamedCurves.nistP256));

    /// <exception cref="FormatException">Not a P-256 key with its private part.</exception>
    public static SigningKey From(Jwk jwk)
    {
        var check = PublicKey.From(jwk);
        if (jwk.D is null)
        {
            throw new FormatException("key: the private part 'd' is missing");
        }

        try
        {
            return new SigningKey(ECDsa.Create(new ECParameters
            {
                Curve = ECCurve.NamedCurves.nistP256,
                D = Base64Text.Decode(jwk.D),
                Q = new ECPoint { X = check.X.ToArray(), Y = check.Y.ToArray() },
            }));
        }
        catch (CryptographicException bad)
        {
            throw new FormatException("key: private and public part do not belong together", bad);
        }
    }

    /// <summary>Reads the key file, or makes a new key and writes it there, readable by its owner alone.</summary>
    public static SigningKey LoadOrCreate(string path)
    {
        if (File.Exists(path))
        {
            return From(JsonSerializer.Deserialize<Jwk>(File.ReadAllText(path), CanonicalJson.Options)!);
        }

        var made = Create();
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var partial = path + ".new";
        File.WriteAllText(partial, JsonSerializer.Serialize(made.ToJwk(), CanonicalJson.Options));
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(partial, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        File.Move(partial, path);
        return made;
    }

    /// <summary>Both parts of the key, for its owner's key file.</summary>
    public Jwk ToJwk() => Public.Jwk with { D = Base64Text.Encode(key.ExportParameters(true).D!) };

    /// <returns>64 bytes: r‖s with s in the lower half.</returns>
    public byte[] Sign(ReadOnlySpan<byte> bytes)
    {
        byte[] signature;
        lock (key)
        {
            signature = key.SignData(bytes, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        }

        return LowS(signature);
    }

    /// <summary>The same key for opening what was sealed to it. The caller disposes it.</summary>
    internal ECDiffieHellman ForKeyAgreement() => ECDiffieHellman.Create(key.ExportParameters(true));

    private static byte[] LowS(byte[] signature)
    {
        var s = new BigInteger(signature.AsSpan(32), isUnsigned: true, isBigEndian: true);
        if (s > HalfOrder)
        {
            var low = (Order - s).ToByteArray(isUnsigned: true, isBigEndian: true);
            signature.AsSpan(32).Clear();
            low.CopyTo(signature, 64 - low.Length);
        }

        return signature;
    }

    public void Dispose()
    {
        key.Dispose();
    }
}
