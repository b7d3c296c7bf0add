using Silos.Ledger.Records;

namespace Research.Api.Accounts;

/// <summary>
/// The public key of a passkey. An ES256 key has exactly one form in CTAP2's canonical CBOR (RFC 9052, section 7; CTAP 2.1, section 8), so it is
/// read by comparing, and anything else is no key of ours.
/// </summary>
internal static class PasskeyKey
{
    /// <summary>COSE's number for ECDSA P-256 with SHA-256: the one algorithm of this house.</summary>
    public const int Es256 = -7;

    private const int Coordinate = 32;
    private static readonly byte[] BeforeX = [0xA5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20];
    private static readonly byte[] BeforeY = [0x22, 0x58, 0x20];

    /// <returns>The key as JWK; null when the bytes are no ES256 key in canonical form, or not a point of the curve.</returns>
    public static Jwk? Read(ReadOnlySpan<byte> cose)
    {
        if (cose.Length != BeforeX.Length + BeforeY.Length + (2 * Coordinate) || !cose.StartsWith(BeforeX) || !cose[(BeforeX.Length + Coordinate)..].StartsWith(BeforeY))
        {
            return null;
        }

        var jwk = new Jwk("P-256", "EC", Base64Text.Encode(cose.Slice(BeforeX.Length, Coordinate).ToArray()), Base64Text.Encode(cose[^Coordinate..].ToArray()));
        try
        {
            var key = PublicKey.From(jwk);
            return key.Jwk;
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
