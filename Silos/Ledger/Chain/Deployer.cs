using Silos.Ledger.Records;

namespace Silos.Ledger.Chain;

/// <summary>Who takes part from the first block on. Whoever deploys has no further say.</summary>
/// <param name="Members">Keys and roles.</param>
/// <param name="Logs">Their members are among <paramref name="Members"/>, with <see cref="Roles.Log"/>.</param>
/// <param name="Quorum">Approvals that a decision needs: from 1 to the size of the board.</param>
/// <param name="Limits">First budgets of the registers.</param>
public sealed record Founding(IReadOnlyList<Member> Members, IReadOnlyList<RegisteredLog> Logs, int Quorum, IReadOnlyList<Limit> Limits);

/// <summary>Creates the contracts on a chain.</summary>
public static class Deployer
{
    /// <param name="account">An account that the node manages and that pays; null takes the node's first.</param>
    /// <exception cref="ArgumentException">The founding is one that the contracts refuse; the message has their error.</exception>
    public static async Task<Deployment> DeployAsync(JsonRpc rpc, Founding founding, string? account = null, TimeProvider? clock = null, CancellationToken cancel = default)
    {
        using var transactions = new Transactions(rpc, account ?? (await AccountsAsync(rpc, cancel))[0], confirmations: 0, clock ?? TimeProvider.System);
        var (members, first) = await CreateAsync(rpc, transactions, "Members", Founders(founding), cancel);
        var (permits, _) = await CreateAsync(rpc, transactions, "Permits", new AbiWriter().Address(members), cancel);
        var limits = new AbiWriter().Address(permits).Array(founding.Limits, (limit, item) => limit.Word(item.Register).Amount(item.Most));
        var (log, _) = await CreateAsync(rpc, transactions, "TransparencyLog", limits, cancel);
        var budgets = await rpc.CallAsync("eth_call", [new { to = log, data = Artifact.Of("TransparencyLog").Call("budgets") }, "latest"], cancel);
        var genesis = await transactions.ReadBlockAsync(0, cancel) ?? throw new LedgerUnavailableException($"the ledger at {rpc.Url} has no block 0");
        var chainId = Quantity.Read(await rpc.CallAsync("eth_chainId", [], cancel)).ToString(System.Globalization.CultureInfo.InvariantCulture);
        return new Deployment(chainId, genesis.Hash, members, permits, new AbiReader(Quantity.ReadBytes(budgets)).Address(), log, first.Number, first.Hash);
    }

    /// <summary>The accounts whose keys the node holds.</summary>
    public static async Task<IReadOnlyList<string>> AccountsAsync(JsonRpc rpc, CancellationToken cancel = default) =>
        [.. (await rpc.CallAsync("eth_accounts", [], cancel)).EnumerateArray().Select(account => account.GetString()!.ToLowerInvariant())];

    private static AbiWriter Founders(Founding founding) => new AbiWriter()
        .Array(founding.Members, (member, item) => member.Word(new Hash32(Base64Text.Decode(item.Key.X))).Word(new Hash32(Base64Text.Decode(item.Key.Y))).Number((ulong)item.Roles))
        .Array(founding.Logs, (log, item) => log.Word(item.LogId).Word(item.Member).Address(item.Account))
        .Number((ulong)founding.Quorum);

    private static async Task<(string Address, ChainBlock Block)> CreateAsync(JsonRpc rpc, Transactions transactions, string contract, AbiWriter arguments, CancellationToken cancel)
    {
        var result = await transactions.SendAsync(null, Artifact.Of(contract).Bytecode + Convert.ToHexStringLower(arguments.ToArray()), gas: null, cancel);
        if (result.Receipt is not { } receipt)
        {
            throw new ArgumentException($"the contract {contract} cannot be created: {result.Refusal!.Text}");
        }

        var created = await rpc.CallAsync("eth_getTransactionReceipt", [receipt.Hash], cancel);
        return (created.GetProperty("contractAddress").GetString()!.ToLowerInvariant(), receipt.Block);
    }
}
