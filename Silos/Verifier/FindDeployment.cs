using System.Globalization;
using System.Text.Json;
using Silos.Ledger.Chain;

namespace Silos.Verifier;

/// <summary>
/// Finds the contracts of a receipt's deployment from the transaction that it names, and makes sure that they are ours: the code at each address is the
/// committed artifact's, and each names the next. Which Members is the right one, only its users can say: it is printed for them to compare.
/// </summary>
internal static class FindDeployment
{
    /// <returns>The deployment, or null after a finding that says why not.</returns>
    public static async Task<Deployment?> RunAsync(JsonRpc rpc, string members, string transaction, Findings findings)
    {
        try
        {
            return await FollowAsync(rpc, members, transaction, findings);
        }
        catch (RpcException refused)
        {
            findings.Check(false, "", $"deployment: the node cannot look up what the receipt names: {refused.NodeMessage}");
            return null;
        }
    }

    private static async Task<Deployment?> FollowAsync(JsonRpc rpc, string members, string transaction, Findings findings)
    {
        if (await rpc.CallAsync("eth_getTransactionReceipt", [transaction]) is not { ValueKind: JsonValueKind.Object } receipt || receipt.GetProperty("to").GetString() is not { } log)
        {
            findings.Check(false, "", $"anchor: the chain does not know transaction {transaction}; if its head went back, name the deployment with --deployment");
            return null;
        }

        var budgets = await AddressAsync(rpc, log, "TransparencyLog", "budgets");
        var permits = budgets is null ? null : await AddressAsync(rpc, budgets, "Budgets", "permits");
        var named = await AddressAsync(rpc, log, "TransparencyLog", "members");
        if (!findings.Check(permits is not null && named == members, $"deployment: Members at {members}", $"deployment: transaction {transaction} went to a contract whose Members is not {members}"))
        {
            return null;
        }

        foreach (var (name, address) in new[] { ("TransparencyLog", log), ("Budgets", budgets!), ("Permits", permits!), ("Members", members) })
        {
            var code = (await rpc.CallAsync("eth_getCode", [address, "latest"])).GetString()!;
            if (!ContractCode.IsThatOf(name, Convert.FromHexString(code.AsSpan(2))))
            {
                findings.Check(false, "", $"deployment: the code at {address} is not that of {name}");
                return null;
            }
        }

        findings.Check(true, "deployment: the four contracts have the published code", "");
        var chainId = Convert.ToUInt64((await rpc.CallAsync("eth_chainId", [])).GetString()![2..], 16).ToString(CultureInfo.InvariantCulture);
        var genesis = (await rpc.CallAsync("eth_getBlockByNumber", ["0x0", false])).GetProperty("hash").GetString()!;
        return new Deployment(chainId, genesis, members, permits!, budgets!, log.ToLowerInvariant(), 0);
    }

    private static async Task<string?> AddressAsync(JsonRpc rpc, string of, string contract, string method)
    {
        try
        {
            var result = (await rpc.CallAsync("eth_call", [new { to = of, data = Artifact.Of(contract).Call(method) }, "latest"])).GetString();
            return result is { Length: 66 } ? "0x" + result[26..] : null;
        }
        catch (RpcException)
        {
            return null;
        }
    }
}
