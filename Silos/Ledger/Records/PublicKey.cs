using System.Collections.Concurrent;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;

namespace Silos.Ledger.Records;

/// <summary>A P-256 public key; its id is the RFC 7638 thumbprint.</summary>
/// <remarks>To check a point and hand it to the library takes twice as long as to verify with it: the last keys are remembered, and everybody
/// who reads the same key is given the same object. It is never disposed; a forgotten one goes with its last reader.</remarks>
public sealed class PublicKey
{
    private const int MostKnown = 1024;
    private static readonly ConcurrentDictionary<(string X, string Y), PublicKey> Known = new();

    private readonly ECDsa key;

    private PublicKey(ECDsa key, byte[] x, byte[] y, Jwk jwk)
    {
        this.key = key;
        X = x;
        Y = y;
        Jwk = jwk;
        Id = Hash32.Of(Encoding.ASCII.GetBytes($$"""{"crv":"P-256","kty":"EC","x":"{{jwk.X}}","y":"{{jwk.Y}}"}"""));
    }

    /// <summary>RFC 7638 thumbprint.</summary>
    public Hash32 Id { get; }

    /// <summary>32 bytes, big-endian.</summary>
    public ReadOnlyMemory<byte> X { get; }

    /// <summary>32 bytes, big-endian.</summary>
    public ReadOnlyMemory<byte> Y { get; }

    public Jwk Jwk { get; }

    /// <exception cref="FormatException">Not a P-256 key, or a point that is not on the curve.</exception>
    public static PublicKey From(Jwk jwk)
    {
        if (jwk is not { Crv: "P-256", Kty: "EC" })
        {
            throw new FormatException($"key: {jwk.Kty}/{jwk.Crv} is not accepted; allowed is EC/P-256");
        }

        return From(Base64Text.Decode(jwk.X), Base64Text.Decode(jwk.Y));
    }

    /// <exception cref="FormatException">The coordinates are no point of the curve.</exception>
    public static PublicKey From(byte[] x, byte[] y)
    {
        if (x.Length != 32 || y.Length != 32)
        {
            throw new FormatException($"key: coordinates of {x.Length} and {y.Length} bytes; allowed are 32 and 32");
        }

        var jwk = new Jwk("P-256", "EC", Base64Text.Encode(x), Base64Text.Encode(y));
        if (Known.TryGetValue((jwk.X, jwk.Y), out var known))
        {
            return known;
        }

        try
        {
            var key = ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = new ECPoint { X = x, Y = y } });
            if (Known.Count >= MostKnown)
            {
                Known.Clear();
            }

            return Known.GetOrAdd((jwk.X, jwk.Y), new PublicKey(key, [.. x], [.. y], jwk));
        }
        catch (CryptographicException bad)
        {
            throw new FormatException("key: the point is not on P-256", bad);
        }
    }

    /// <summary>Whether the signature (r‖s, 64 bytes, low s) is this key's over the bytes. A malformed or high-s signature is simply not valid.</summary>
    public bool Verify(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> signature)
    {
        if (signature.Length != 64 || new BigInteger(signature[32..], isUnsigned: true, isBigEndian: true) > SigningKey.HalfOrder)
        {
            return false;
        }

        lock (key)
        {
            return key.VerifyData(bytes, signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        }
    }
}
