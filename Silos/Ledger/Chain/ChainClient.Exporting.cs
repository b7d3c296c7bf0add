using Silos.Ledger.Records;

namespace Silos.Ledger.Chain;

/// <content>What an export takes from the chain besides the events.</content>
public sealed partial class ChainClient
{
    private const int SelectorBytes = 4;

    /// <summary>The vote that a transaction carried, as it was signed: rebuilt from the transaction's input, so that nobody needs to have kept it. Null if it carried none.</summary>
    /// <param name="keyOf">The key of a member past or present.</param>
    public async Task<SignedRecord?> ReadSignedVoteAsync(string transaction, Func<Hash32, PublicKey?> keyOf, CancellationToken cancel = default)
    {
        var sent = await rpc.CallAsync("eth_getTransactionByHash", [transaction], cancel);
        if (sent.ValueKind != System.Text.Json.JsonValueKind.Object)
        {
            return null;
        }

        var input = Quantity.ReadBytes(sent.GetProperty("input"));
        var methods = Artifact.Of("Members").Methods;
        var selector = input.Length >= SelectorBytes ? "0x" + Convert.ToHexStringLower(input.AsSpan(0, SelectorBytes)) : "";
        var byPasskey = selector == methods["castVoteWithPasskey"].Selector;
        if (!byPasskey && selector != methods["castVote"].Selector)
        {
            return null;
        }

        var arguments = new AbiReader(input.AsMemory(SelectorBytes));
        var (member, subject, nonce, approve) = (arguments.Word(), arguments.Word(), arguments.Word(), arguments.Flag());
        if (keyOf(member) is not { } key)
        {
            return null;
        }

        var body = CanonicalJson.ToJson(new Vote(Deployment.ChainId, Deployment.Members, nonce.ToString(), member, approve ? "approve" : "reject", subject));
        var assertion = byPasskey ? arguments.Behind() : arguments;
        var signature = Base64Text.Encode([.. assertion.Word().ToArray(), .. assertion.Word().ToArray()]);
        if (!byPasskey)
        {
            return new SignedRecord(body, key.Jwk, signature);
        }

        // Where challenge and type stand in clientDataJSON: OpenZeppelin wants it, a SignedRecord does not.
        _ = (assertion.Number(), assertion.Number());
        return new SignedRecord(body, key.Jwk, signature, Base64Text.Encode(ReadBytes(assertion)), Base64Text.Encode(ReadBytes(assertion)));
    }

    private static byte[] ReadBytes(AbiReader reader)
    {
        var inner = reader.Behind();
        var bytes = new byte[inner.Number()];
        for (var at = 0; at < bytes.Length; at += 32)
        {
            inner.Word().ToArray().AsSpan(0, Math.Min(32, bytes.Length - at)).CopyTo(bytes.AsSpan(at));
        }

        return bytes;
    }
}
