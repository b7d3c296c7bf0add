using System.Text.Json;
using System.Text.Json.Nodes;
using Silos.Ledger.Records;

namespace Silos.Ledger.Chain;

/// <summary>An event of the contracts, as exports and verifiers read it (<c>chain.ndjson</c>).</summary>
/// <param name="Contract">Address of the contract, lower-case 0x-hex.</param>
/// <param name="Name">For example <c>ChargePosted</c>.</param>
/// <param name="Fields">By the names of the Solidity declaration: hashes base64url, 64-bit numbers decimal strings, smaller ones numbers, tuples objects.</param>
/// <param name="Index">The event's place in its block.</param>
public sealed record ChainEvent(string Contract, string Name, JsonObject Fields, ulong Block, string BlockHash, string Transaction, ulong Index)
{
    /// <summary>The event in a node's log entry; null if it is not one of these contracts'.</summary>
    internal static ChainEvent? TryRead(JsonElement log)
    {
        var topics = log.GetProperty("topics").EnumerateArray().Select(topic => topic.GetString()!).ToArray();
        if (topics.Length == 0 || Artifact.FindEvent(topics[0]) is not { } found)
        {
            return null;
        }

        var indexed = new AbiReader(topics.Skip(1).SelectMany(topic => Convert.FromHexString(topic.AsSpan(2))).ToArray());
        var data = new AbiReader(Quantity.ReadBytes(log.GetProperty("data")));
        var fields = new JsonObject();
        foreach (var field in found.Event.Inputs)
        {
            fields[field.Name] = AbiFields.ReadOne(field, field.Indexed ? indexed : data);
        }

        return new ChainEvent(
            log.GetProperty("address").GetString()!.ToLowerInvariant(),
            found.Name,
            fields,
            Quantity.Read(log.GetProperty("blockNumber")),
            log.GetProperty("blockHash").GetString()!,
            log.GetProperty("transactionHash").GetString()!,
            Quantity.Read(log.GetProperty("logIndex")));
    }

    internal Hash32 Hash(string field) => Hash32.Parse(Fields[field]!.GetValue<string>());

    internal ulong Number(string field) => Parse(Fields[field]!);

    internal static Amount ReadAmount(JsonNode amount) =>
        new(Parse(amount["rho"]!), Parse(amount["delta"]!), (uint)Parse(amount["files"]!));

    private static ulong Parse(JsonNode number) => ulong.Parse(number.ToString(), System.Globalization.CultureInfo.InvariantCulture);
}
