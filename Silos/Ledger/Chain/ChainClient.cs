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

/// <summary>What the board said of silence about one dataset of a register.</summary>
/// <param name="Permits">Whether a patient who decided nothing counts as permitting; false until the board said otherwise.</param>
/// <param name="Changes">How often the board changed it; part of the next <see cref="Subjects.SetSilence"/>.</param>
public sealed record SilenceState(bool Permits, ulong Changes);

/// <summary>
/// The contracts, typed. Reads need no account. Every method throws <see cref="LedgerUnavailableException"/> when the node
/// does not answer. Every send may be repeated after that: what already stands on the chain is found and returned as done.
/// </summary>
public sealed partial class ChainClient : IDisposable
{
    /// <summary>9000-01-01, for ends that no calendar holds.</summary>
    private const ulong LastSecond = 221_845_392_000;

    private readonly JsonRpc rpc;
    private readonly TimeProvider clock;
    private readonly Transactions transactions;

    /// <param name="account">The node-managed account to send from; null for a client that only reads.</param>
    /// <param name="confirmations">Blocks wanted on top of a transaction's own before it counts (<c>Ledger:Confirmations</c>), from 0.</param>
    public ChainClient(JsonRpc rpc, Deployment deployment, string? account = null, int confirmations = 0, TimeProvider? clock = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(confirmations);
        this.rpc = rpc;
        this.clock = clock ?? TimeProvider.System;
        Deployment = deployment;
        transactions = new Transactions(rpc, account, confirmations, this.clock);
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

        // A development node that was killed may come back with another block 0 under the same chain, so the deployment's own first block decides where it is known.
        var (number, hash) = Deployment.FirstBlockHash is { } first ? (Deployment.FirstBlock, first) : (0UL, Deployment.GenesisHash);
        var block = await transactions.ReadBlockAsync(number, cancel);
        if (block?.Hash != hash)
        {
            throw new WrongLedgerException($"the ledger at {rpc.Url} has block {number} {block?.Hash ?? "not at all"}; this deployment's chain has {hash}: the chain was made anew or lost its blocks, and its history is not ours");
        }

        foreach (var (name, address) in new[] { ("Members", Deployment.Members), ("Permits", Deployment.Permits), ("Budgets", Deployment.Budgets), ("TransparencyLog", Deployment.TransparencyLog) })
        {
            if ((await rpc.CallAsync("eth_getCode", [address, "latest"], cancel)).GetString() is null or "0x")
            {
                throw new WrongLedgerException($"the ledger at {rpc.Url} has no contract {name} at {address}: it has lost the deployment");
            }
        }
    }

    /// <summary>A permit's standing. Expired is what the chain or this host's clock calls so: a chain that rests between blocks does not notice time.</summary>
    public async Task<PermitState> ReadPermitAsync(Hash32 permitId, Hash32 register, CancellationToken cancel = default)
    {
        var permitOf = CallAsync("Permits", Deployment.Permits, "permitOf", new AbiWriter().Word(permitId).Word(register), cancel);
        var spentBy = CallAsync("Budgets", Deployment.Budgets, "spentBy", new AbiWriter().Word(permitId).Word(register), cancel);
        return PermitOf(await permitOf, await spentBy);
    }

    /// <summary>Several permits' standing and the register's budget, asked in one request.</summary>
    public async Task<(IReadOnlyDictionary<Hash32, PermitState> Permits, RegisterBudget Budget)> ReadStandingAsync(IEnumerable<Hash32> permits, Hash32 register, CancellationToken cancel = default)
    {
        var wanted = permits.Distinct().ToList();
        (string, string, string, AbiWriter)[] calls =
        [
            ("Budgets", Deployment.Budgets, "budgetOf", new AbiWriter().Word(register)),
            .. wanted.Select(permit => ("Permits", Deployment.Permits, "permitOf", new AbiWriter().Word(permit).Word(register))),
            .. wanted.Select(permit => ("Budgets", Deployment.Budgets, "spentBy", new AbiWriter().Word(permit).Word(register))),
        ];
        var results = await rpc.CallAllAsync([.. calls.Select(call => ("eth_call", Parameters(call.Item1, call.Item2, call.Item3, call.Item4)))], cancel);
        var read = calls.Zip(results, (call, result) => Reader(call.Item1, call.Item2, result)).ToList();
        var states = wanted.Select((permit, i) => KeyValuePair.Create(permit, PermitOf(read[1 + i], read[1 + wanted.Count + i]))).ToDictionary();
        return (states, BudgetOf(read[0]));
    }

    private PermitState PermitOf(AbiReader permit, AbiReader spent)
    {
        var status = (PermitStatus)permit.Number();
        var notAfter = DateTimeOffset.FromUnixTimeSeconds((long)Math.Min(permit.Number(), LastSecond));
        if (status is PermitStatus.Active or PermitStatus.Suspended && clock.GetUtcNow() >= notAfter.AddSeconds(1))
        {
            status = PermitStatus.Expired;
        }

        return new PermitState(status, notAfter, permit.Number(), permit.Flag(), permit.Amount(), spent.Amount());
    }

    public async Task<RegisterBudget> ReadBudgetAsync(Hash32 register, CancellationToken cancel = default)
    {
        return BudgetOf(await CallAsync("Budgets", Deployment.Budgets, "budgetOf", new AbiWriter().Word(register), cancel));
    }

    private static RegisterBudget BudgetOf(AbiReader budget) => new(budget.Amount(), budget.Amount(), budget.Number());

    /// <summary>What the board said of silence about a dataset (SHA-256 of its name) of this register.</summary>
    public async Task<SilenceState> ReadSilenceAsync(Hash32 register, Hash32 dataset, CancellationToken cancel = default)
    {
        var silence = await CallAsync("Permits", Deployment.Permits, "silenceOf", new AbiWriter().Word(register).Word(dataset), cancel);
        return new SilenceState(silence.Flag(), silence.Number());
    }

    public async Task<MembersState> ReadMembersAsync(CancellationToken cancel = default)
    {
        while (true)
        {
            var changes = (await CallMembersAsync("changes", cancel)).Number();
            var (members, logs, quorum) = (CallMembersAsync("allMembers", cancel), CallMembersAsync("allLogs", cancel), CallMembersAsync("quorum", cancel));
            var state = new MembersState(
                (await members).Array(item => new Member(new Jwk("P-256", "EC", item.Word().ToString(), item.Word().ToString()), (Roles)item.Number())),
                (await logs).Array(item => new RegisteredLog(item.Word(), item.Word(), item.Address())),
                (int)(await quorum).Number(),
                changes);
            if ((await CallMembersAsync("changes", cancel)).Number() == changes)
            {
                return state;
            }
        }
    }

    /// <summary>Approvals of a subject by members who are on the board now.</summary>
    public async Task<int> ReadApprovalsAsync(Hash32 subject, CancellationToken cancel = default) =>
        (int)(await CallAsync("Members", Deployment.Members, "approvals", new AbiWriter().Word(subject), cancel)).Number();

    /// <summary>A block by number, or the newest; null above the head.</summary>
    public Task<ChainBlock?> ReadBlockAsync(ulong? number = null, CancellationToken cancel = default) => transactions.ReadBlockAsync(number, cancel);

    /// <summary>Several blocks, in the order asked for; null where the chain has none.</summary>
    public Task<IReadOnlyList<ChainBlock?>> ReadBlocksAsync(IEnumerable<ulong> numbers, CancellationToken cancel = default) => transactions.ReadBlocksAsync(numbers, cancel);

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
        return Reader(contract, address, await rpc.CallAsync("eth_call", Parameters(contract, address, method, arguments), cancel));
    }

    private static object?[] Parameters(string contract, string address, string method, AbiWriter? arguments) =>
        [new { to = address, data = Artifact.Of(contract).Call(method, arguments) }, "latest"];

    private AbiReader Reader(string contract, string address, JsonElement result) =>
        result.ValueKind == JsonValueKind.String && result.GetString() is not "0x"
            ? new AbiReader(Quantity.ReadBytes(result))
            : throw new WrongLedgerException($"the ledger at {rpc.Url} has no contract {contract} at {address}: another chain, or one that lost the deployment");

    private Task<AbiReader> CallMembersAsync(string method, CancellationToken cancel) => CallAsync("Members", Deployment.Members, method, null, cancel);

    private Task<TransactionResult> SendAsync(string contract, string address, string method, AbiWriter arguments, CancellationToken cancel, ulong? gas = null) =>
        transactions.SendAsync(address, Artifact.Of(contract).Call(method, arguments), gas, cancel);
}
