using System.Buffers.Binary;
using System.Formats.Cbor;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Silos.Ledger.Records;

namespace Research.Api.Tests.Running;

/// <summary>An authenticator in software with one resident key: WebAuthn level 3, ES256, attestation <c>none</c>, as JSON of <c>navigator.credentials</c>.</summary>
internal sealed class SoftAuthenticator(string origin) : IDisposable
{
    private const byte Present = 0x01;
    private const byte Verified = 0x04;
    private const byte HasKey = 0x40;

    private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly byte[] id = RandomNumberGenerator.GetBytes(32);
    private byte[] user = [];
    private uint counter;

    /// <summary>The public key of its credential.</summary>
    public Jwk Key => new("P-256", "EC", Base64Text.Encode(key.ExportParameters(false).Q.X!), Base64Text.Encode(key.ExportParameters(false).Q.Y!));

    /// <summary>A credential for creation options.</summary>
    public JsonElement Register(JsonElement options)
    {
        user = Base64Text.Decode(options.GetProperty("user").GetProperty("id").GetString()!);
        var q = key.ExportParameters(false).Q;
        var cose = new CborWriter();
        cose.WriteStartMap(5);
        foreach (var (label, value) in new[] { (1, 2), (3, -7), (-1, 1) })
        {
            cose.WriteInt32(label);
            cose.WriteInt32(value);
        }

        cose.WriteInt32(-2);
        cose.WriteByteString(q.X!);
        cose.WriteInt32(-3);
        cose.WriteByteString(q.Y!);
        cose.WriteEndMap();
        var attested = (byte[])[.. new byte[16], 0, (byte)id.Length, .. id, .. cose.Encode()];
        var attestation = new CborWriter();
        attestation.WriteStartMap(3);
        attestation.WriteTextString("fmt");
        attestation.WriteTextString("none");
        attestation.WriteTextString("attStmt");
        attestation.WriteStartMap(0);
        attestation.WriteEndMap();
        attestation.WriteTextString("authData");
        attestation.WriteByteString([.. Data(options.GetProperty("rp").GetProperty("id").GetString()!, Present | Verified | HasKey), .. attested]);
        attestation.WriteEndMap();
        return Json(new { attestationObject = Base64Text.Encode(attestation.Encode()), clientDataJSON = Base64Text.Encode(Client("webauthn.create", options, origin)), transports = new[] { "internal" } }, id);
    }

    /// <summary>An assertion for request options.</summary>
    /// <param name="as">Whose credential id and user to name; one's own when null.</param>
    public JsonElement Answer(
        JsonElement options, SoftAuthenticator? @as = null, string? origin = null, bool verified = true, bool present = true, string? relyingParty = null, uint? count = null)
    {
        var named = @as ?? this;
        var client = Client("webauthn.get", options, origin ?? Origin);
        var data = Data(relyingParty ?? options.GetProperty("rpId").GetString()!, (byte)((present ? Present : 0) | (verified ? Verified : 0)), count);
        var signature = key.SignData((byte[])[.. data, .. SHA256.HashData(client)], HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        return Json(new { authenticatorData = Base64Text.Encode(data), clientDataJSON = Base64Text.Encode(client), signature = Base64Text.Encode(signature), userHandle = Base64Text.Encode(named.user) }, named.id);
    }

    public void Dispose() => key.Dispose();

    private string Origin => origin;

    private byte[] Data(string relyingParty, byte flags, uint? count = null)
    {
        var data = new byte[37];
        SHA256.HashData(Encoding.UTF8.GetBytes(relyingParty), data);
        data[32] = flags;
        BinaryPrimitives.WriteUInt32BigEndian(data.AsSpan(33), count ?? ++counter);
        return data;
    }

    private static byte[] Client(string type, JsonElement options, string from) =>
        JsonSerializer.SerializeToUtf8Bytes(new { type, challenge = options.GetProperty("challenge").GetString(), origin = from, crossOrigin = false });

    private static JsonElement Json(object response, byte[] credential) => JsonSerializer.SerializeToElement(new
    {
        id = Base64Text.Encode(credential), rawId = Base64Text.Encode(credential), type = "public-key", authenticatorAttachment = "platform", clientExtensionResults = new { }, response,
    });
}
