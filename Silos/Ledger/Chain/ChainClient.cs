using System.Text.Json;
using Silos.Ledger.Records;

namespace Silos.Ledger.Chain;

/// <summary>A permit on the chain, as far as one register is concerned.</summary>
/// <param name="NotAfter">Last second in force; the epoch for an unknown permit.</param>
/// <param name="Acts">Suspensions, resumptions and revocations so far; part of the next act's <see cref="Subjects.Act"/>.</param>
/// <param name="Granted">Whether the permit covers the register at all.</param>
public sealed record PermitState(PermitStatus Status, DateTimeOffset NotAfter, ulong Acts, bool Granted, Amount Cap, Amount Spent);

/// <summary>A register's budget on the chain.</summary>
/// <param name="Changes">How often the board changed the limit; part of the next <see cref="Subjects.ChangeLimit"/>.</param>
public sealed record RegisterBudget(Amount Limit, Amount Spent, ulong Changes);

/// <summary>
/// The contracts, typed. Reads need no account. Every method throws <see cref="LedgerUnavailableException"/> when the node
/// does not answer. Every send may be repeated after that: what already stands on the chain is found and returned.
/// </summary>
public sealed partial class ChainClient : IDisposable
{
    private readonly JsonRpc rpc;
    private readonly Transactions transactions;

    /// <param name="account">The node-managed account to send from; null for a client that only reads.</param>
    /// <param name="confirmations">Blocks wanted on top of a transaction's own before it counts (<c>Ledger:Confirmations</c>), from 0.</param>
    public ChainClient(JsonRpc rpc, Deployment deployment, string? account = null, int confirmations = 0, TimeProvider? clock = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(confirmations);
        this.rpc = rpc;
        Deployment = deployment;
        transactions = new Transactions(rpc, account, confirmations, clock ?? TimeProvider.System);
    }

    public Deployment Deployment { get; }

    /// <summary>Whether this is the chain that the deployment was made on, with the contracts in their places. To be asked when a host starts, and again when a head went back.</summary>
    /// <exception cref="WrongLedgerException">It is not; the message says what differs.</exception>
    public async Task CheckDeploymentAsync(CancellationToken cancel = default)
    {
        var chainId = Quantity.Read(await rpc.CallAsync("eth_chainId", [], cancel)).ToString(System.Globalization.CultureInfo.InvariantCulture);
        if (chainId != Deployment.ChainId)
        {
            throw new WrongLedgerException($"the ledger at {rpc.Url} is chain {chainId}; this deployment is on chain {Deployment.ChainId}");
        }

        var genesis = await transactions.ReadBlockAsync(0, cancel);
        if (genesis?.Hash != Deployment.GenesisHash)
        {
            throw new WrongLedgerException($"the ledger at {rpc.Url} begins with block {genesis?.Hash ?? "none"}; this deployment's chain begins with {Deployment.GenesisHash}: the chain was made anew, and its history is not ours");
        }

        foreach (var (name, address) in new[] { ("Members", Deployment.Members), ("Permits", Deployment.Permits), ("Budgets", Deployment.Budgets), ("TransparencyLog", Deployment.TransparencyLog) })
        {
            if ((await rpc.CallAsync("eth_getCode", [address, "latest"], cancel)).GetString() is null or "0x")
            {
                throw new WrongLedgerException($"the ledger at {rpc.Url} has no contract {name} at {address}: it has lost the deployment");
            }
        }
    }

    public async Task<PermitState> ReadPermitAsync(Hash32 permitId, Hash32 register, CancellationToken cancel = default)
    {
        var permit = await CallAsync("Permits", Deployment.Permits, "permitOf", new AbiWriter().Word(permitId).Word(register), cancel);
        var spent = await CallAsync("Budgets", Deployment.Budgets, "spentBy", new AbiWriter().Word(permitId).Word(register), cancel);
        return new PermitState(
            (PermitStatus)permit.Number(),
            DateTimeOffset.FromUnixTimeSeconds((long)permit.Number()),
            permit.Number(),
            permit.Flag(),
            permit.Amount(),
            spent.Amount());
    }

    public async Task<RegisterBudget> ReadBudgetAsync(Hash32 register, CancellationToken cancel = default)
    {
        var budget = await CallAsync("Budgets", Deployment.Budgets, "budgetOf", new AbiWriter().Word(register), cancel);
        return new RegisterBudget(budget.Amount(), budget.Amount(), budget.Number());
    }

    public async Task<MembersState> ReadMembersAsync(CancellationToken cancel = default)
    {
        var changes = (await CallAsync("Members", Deployment.Members, "changes", null, cancel)).Number();
        var members = await CallAsync("Members", Deployment.Members, "allMembers", null, cancel);
        var logs = await CallAsync("Members", Deployment.Members, "allLogs", null, cancel);
        var quorum = (await CallAsync("Members", Deployment.Members, "quorum", null, cancel)).Number();
        return new MembersState(
            members.Array(item => new Member(new Jwk("P-256", "EC", item.Word().ToString(), item.Word().ToString()), (Roles)item.Number())),
            logs.Array(item => new RegisteredLog(item.Word(), item.Word(), item.Address())),
            (int)quorum,
            changes);
    }

    /// <summary>Approvals of a subject by members who are on the board now.</summary>
    public async Task<int> ReadApprovalsAsync(Hash32 subject, CancellationToken cancel = default) =>
        (int)(await CallAsync("Members", Deployment.Members, "approvals", new AbiWriter().Word(subject), cancel)).Number();

    /// <summary>A block by number, or the newest; null above the head.</summary>
    public Task<ChainBlock?> ReadBlockAsync(ulong? number = null, CancellationToken cancel = default) => transactions.ReadBlockAsync(number, cancel);

    /// <summary>A successful transaction that is final; null when the chain does not, or no longer, know it, or it failed.</summary>
    public Task<TransactionReceipt?> ReadReceiptAsync(string transaction, CancellationToken cancel = default) => transactions.ReadAsync(transaction, cancel);

    /// <summary>All events of the four contracts, in order of the chain.</summary>
    /// <param name="fromBlock">Null begins with the deployment.</param>
    /// <param name="toBlock">Null ends with the newest block.</param>
    public Task<IReadOnlyList<ChainEvent>> ReadEventsAsync(ulong? fromBlock = null, ulong? toBlock = null, CancellationToken cancel = default) =>
        FindEventsAsync([Deployment.Members, Deployment.Permits, Deployment.Budgets, Deployment.TransparencyLog], [], fromBlock ?? Deployment.FirstBlock, toBlock, cancel);

    public void Dispose() => transactions.Dispose();

    private async Task<IReadOnlyList<ChainEvent>> FindEventsAsync(string[] contracts, string[] topics, ulong fromBlock, ulong? toBlock, CancellationToken cancel)
    {
        var filter = new { address = contracts, topics, fromBlock = Quantity.Write(fromBlock), toBlock = toBlock is { } to ? Quantity.Write(to) : "latest" };
        var logs = await rpc.CallAsync("eth_getLogs", [filter], cancel);
        return [.. logs.EnumerateArray().Select(ChainEvent.TryRead).OfType<ChainEvent>().OrderBy(item => item.Block).ThenBy(item => item.Index)];
    }

    private async Task<AbiReader> CallAsync(string contract, string address, string method, AbiWriter? arguments, CancellationToken cancel)
    {
        var result = await rpc.CallAsync("eth_call", [new { to = address, data = Artifact.Of(contract).Call(method, arguments) }, "latest"], cancel);
        return result.ValueKind == JsonValueKind.String && result.GetString() is not "0x"
            ? new AbiReader(Quantity.ReadBytes(result))
            : throw new WrongLedgerException($"the ledger at {rpc.Url} has no contract {contract} at {address}: another chain, or one that lost the deployment");
    }

    private Task<TransactionResult> SendAsync(string contract, string address, string method, AbiWriter arguments, CancellationToken cancel, ulong? gas = null) =>
        transactions.SendAsync(address, Artifact.Of(contract).Call(method, arguments), gas, cancel);
}
