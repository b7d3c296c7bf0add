using System.Text;
using Silos.Ledger.Records;

namespace Silos.Tests.Chain;

/// <summary>What an authenticator would sign, made by hand.</summary>
internal static class Passkey
{
    /// <summary>An approval with challenge = SHA-256 of the vote's canonical bytes, user present and verified.</summary>
    public static SignedRecord Vote(Board board, int member, Hash32 subject)
    {
        var key = board.Members[member];
        var deployment = board.Client.Deployment;
        var body = CanonicalJson.ToJson(new Vote(deployment.ChainId, deployment.Members, Nonce.ForVote(), key.Id, "approve", subject));
        var client = Encoding.UTF8.GetBytes($$"""{"type":"webauthn.get","challenge":"{{CanonicalJson.Hash(body)}}","origin":"http://localhost:5080","crossOrigin":false}""");
        byte[] authenticator = [.. Hash32.Of("localhost").ToArray(), 0x05, 0, 0, 0, 1];
        var signature = key.Sign([.. authenticator, .. Hash32.Of(client).ToArray()]);
        return new SignedRecord(body, key.Public.Jwk, Base64Text.Encode(signature), Base64Text.Encode(authenticator), Base64Text.Encode(client));
    }
}
