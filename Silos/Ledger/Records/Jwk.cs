using System.Text.Json.Serialization;

namespace Silos.Ledger.Records;

/// <summary>An EC P-256 key as a JSON Web Key (RFC 7517); <see cref="D"/> is there only in a key file.</summary>
public sealed record Jwk(
    [property: JsonPropertyName("crv")] string Crv,
    [property: JsonPropertyName("kty")] string Kty,
    [property: JsonPropertyName("x")] string X,
    [property: JsonPropertyName("y")] string Y,
    [property: JsonPropertyName("d")] string? D = null);
