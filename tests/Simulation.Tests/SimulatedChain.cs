using Silos.Ledger.Chain;
using Silos.Ledger.Log;
using Silos.Ledger.Merkle;
using Silos.Ledger.Records;

namespace Simulation.Tests;

/// <summary>
/// The contracts' rules in memory, for any number of logs: a checkpoint is taken when it is larger and its consistency proof holds; each of its charges
/// is settled by itself against permit, cap and the register's limit. Its node fails as often as it is told to.
/// </summary>
internal sealed class SimulatedChain(TimeProvider clock)
{
    private readonly Lock gate = new();
    private readonly Dictionary<Hash32, List<Anchoring>> logs = [];
    private readonly Dictionary<Hash32, (Terms Terms, PermitStatus Status)> permits = [];
    private readonly Dictionary<Hash32, Amount> limits = [];
    private readonly Dictionary<(Hash32 Permit, Hash32 Register), Amount> spent = [];
    private readonly Dictionary<Hash32, Amount> spentOf = [];
    private ulong blocks;
    private int silent;
    private int lostReceipts;

    /// <summary>The next so many questions to the node are not answered.</summary>
    public void FallSilent(int questions) => Volatile.Write(ref silent, questions);

    /// <summary>The next so many transactions are taken, and their answers lost.</summary>
    public void LoseReceipts(int transactions) => Volatile.Write(ref lostReceipts, transactions);

    public void Limit(Hash32 register, Amount most) => limits[register] = most;

    public void Issue(Permit permit)
    {
        lock (gate)
        {
            permits[permit.Id()] = (Terms.Of(permit), PermitStatus.Active);
        }
    }

    public void Act(Hash32 permit, PermitStatus status)
    {
        lock (gate)
        {
            if (permits[permit].Status != PermitStatus.Revoked)
            {
                permits[permit] = permits[permit] with { Status = status };
            }
        }
    }

    public AnchorPort Port(Hash32 log) => new(
        _ => Task.CompletedTask,
        _ => Task.FromResult(Read(log)),
        (request, _) => Task.FromResult(Anchor(log, request)),
        (size, _) => Task.FromResult(Find(log, size)));

    public Task<(IReadOnlyDictionary<Hash32, PermitState> Permits, RegisterBudget Budget)> StandingAsync(IReadOnlyList<Hash32> wanted, Hash32 register)
    {
        Answer();
        lock (gate)
        {
            IReadOnlyDictionary<Hash32, PermitState> states = wanted.Distinct().ToDictionary(permit => permit, permit => StateOf(permit, register));
            return Task.FromResult((states, new RegisterBudget(limits[register], spentOf.GetValueOrDefault(register), 0)));
        }
    }

    /// <summary>What the chain has of a log, whether its node answers or not.</summary>
    public IReadOnlyList<Anchoring> Anchored(Hash32 log)
    {
        lock (gate)
        {
            return [.. logs.GetValueOrDefault(log) ?? []];
        }
    }

    public Amount Spent(Hash32 permit, Hash32 register)
    {
        lock (gate)
        {
            return spent.GetValueOrDefault((permit, register));
        }
    }

    private PermitState StateOf(Hash32 permit, Hash32 register)
    {
        if (!permits.TryGetValue(permit, out var known))
        {
            return new PermitState(PermitStatus.None, DateTimeOffset.UnixEpoch, 0, false, default, default);
        }

        var cap = known.Terms.Caps.FirstOrDefault(one => one.Register == register);
        var status = known.Status != PermitStatus.Revoked && clock.GetUtcNow() > known.Terms.NotAfter ? PermitStatus.Expired : known.Status;
        return new PermitState(status, known.Terms.NotAfter, 0, cap is not null, cap?.Most ?? default, spent.GetValueOrDefault((permit, register)));
    }

    private AnchoredCheckpoint Read(Hash32 log)
    {
        Answer();
        return Anchored(log) is [.., var last] ? new AnchoredCheckpoint(last.Size, last.Root, last.Receipt.Block.Number) : new AnchoredCheckpoint(0, default, 0);
    }

    private Anchoring? Find(Hash32 log, long size)
    {
        Answer();
        return Anchored(log).FirstOrDefault(one => one.Size == (ulong)size);
    }

    private AnchorResult Anchor(Hash32 log, AnchorRequest request)
    {
        Answer();
        lock (gate)
        {
            var anchored = logs.TryGetValue(log, out var there) ? there : logs[log] = [];
            var (oldSize, oldRoot) = anchored is [.., var last] ? ((long)last.Size, last.Root) : (0L, TreeHash.Empty);
            if (request.Size <= oldSize || !MerkleProof.Extends(oldSize, oldRoot, request.Size, request.Root, request.Proof))
            {
                return new AnchorResult(null, new ChainRefusal("TransparencyLog", "not larger, or not consistent"));
            }

            var block = new ChainBlock(++blocks, $"0xb{blocks}", clock.GetUtcNow());
            var settled = request.Charges.Select(charge => new Settlement(charge.Seq, charge.PermitId, Settle(log, charge))).ToList();
            anchored.Add(new Anchoring(log, (ulong)request.Size, request.Root, settled, new TransactionReceipt($"0x{blocks:x}", block, 0, [])));
            return Interlocked.Decrement(ref lostReceipts) >= 0 ? throw new LedgerUnavailableException("the answer to the transaction was lost") : new AnchorResult(anchored[^1], null);
        }
    }

    private ChargeRefusal Settle(Hash32 register, BatchCharge charge)
    {
        var state = StateOf(charge.PermitId, register);
        var (afterPermit, afterRegister) = (Sum(state.Spent, charge.Amount), Sum(spentOf.GetValueOrDefault(register), charge.Amount));
        var refusal = state.Status switch
        {
            PermitStatus.None => ChargeRefusal.UnknownPermit,
            PermitStatus.Suspended => ChargeRefusal.PermitSuspended,
            PermitStatus.Revoked => ChargeRefusal.PermitRevoked,
            PermitStatus.Expired => ChargeRefusal.PermitExpired,
            _ when !state.Granted => ChargeRefusal.RegisterNotGranted,
            _ when !Fits(afterPermit, state.Cap) => ChargeRefusal.OverPermitCap,
            _ when !Fits(afterRegister, limits[register]) => ChargeRefusal.OverRegisterLimit,
            _ => ChargeRefusal.None,
        };
        if (refusal == ChargeRefusal.None)
        {
            spent[(charge.PermitId, register)] = afterPermit;
            spentOf[register] = afterRegister;
        }

        return refusal;
    }

    private void Answer()
    {
        if (Interlocked.Decrement(ref silent) >= 0)
        {
            throw new LedgerUnavailableException("the node does not answer");
        }
    }

    private static Amount Sum(Amount one, Amount other) => new(one.Rho + other.Rho, one.Delta + other.Delta, one.Files + other.Files);

    private static bool Fits(Amount amount, Amount most) => amount.Rho <= most.Rho && amount.Delta <= most.Delta && amount.Files <= most.Files;
}
