using System.Text.Json.Serialization;

namespace Silos.Ledger.Records;

/// <summary>An EC P-256 key as a JSON Web Key (RFC 7517); <see cref="D"/> is there only in a key file.</summary>
public sealed record Jwk(
    [property: JsonPropertyName("crv")] string Crv,
    [property: JsonPropertyName("kty")] string Kty,
    [property: JsonPropertyName("x")] string X,
    [property: JsonPropertyName("y")] string Y,
    [property: JsonPropertyName("d")] string? D = null)
{
    /// <summary>RFC 7638 thumbprint of what is written here, whether or not it is a point of the curve.</summary>
    public Hash32 Thumbprint() => Hash32.Of($$"""{"crv":"{{Crv}}","kty":"{{Kty}}","x":"{{X}}","y":"{{Y}}"}""");
}
