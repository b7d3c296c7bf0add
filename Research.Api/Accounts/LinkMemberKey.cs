using System.Text.Json;
using Research.Api.Problems;
using Silos.Ledger.Chain;
using Silos.Ledger.Records;

namespace Research.Api.Accounts;

/// <summary>Links a committee member's account to the key with which she votes.</summary>
internal static class LinkMemberKey
{
    /// <summary>The key may be linked if it is a board member's on the chain today.</summary>
    public static Refusal? Decide(Hash32 key, MembersState members) =>
        members.Board.Any(member => member.Id == key)
            ? null
            : new Refusal("not-on-board", 422, $"key: {key} is not a board member's key in the Members contract.");

    /// <summary>The public P-256 key of a JWK; other members that a browser writes (ext, key_ops) are left out.</summary>
    public static Outcome<PublicKey> Read(JsonElement jwk, string field)
    {
        try
        {
            if (jwk.ValueKind != JsonValueKind.Object)
            {
                return Refusal.Invalid($"{field}: expected a public P-256 JWK.");
            }

            return jwk.TryGetProperty("d", out _)
                ? Refusal.Invalid($"{field}: holds the private part 'd'. Keep it to yourself; send the public part only.")
                : PublicKey.From(new Jwk(Text(jwk, "crv"), Text(jwk, "kty"), Text(jwk, "x"), Text(jwk, "y")));
        }
        catch (FormatException bad)
        {
            return Refusal.Invalid($"{field}: {bad.Message}");
        }
    }

    private static string Text(JsonElement jwk, string member) =>
        jwk.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : throw new FormatException($"member '{member}' is missing");
}
