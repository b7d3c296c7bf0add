using Silos.Ledger.Chain;
using Silos.Ledger.Log;
using Silos.Ledger.Merkle;
using Silos.Ledger.Records;

namespace Silos.Tests.Log;

/// <summary>A chain in memory that refuses what the contract refuses, and fails when told to. One log.</summary>
internal sealed class FakeChain(TimeProvider time)
{
    private readonly Lock gate = new();
    private readonly List<Anchoring> anchorings = [];
    private ulong blocks;

    /// <summary>No answer to anything.</summary>
    public bool Down { get; set; }

    /// <summary>Take the next transaction, and answer with an error all the same.</summary>
    public bool LoseNextReceipt { get; set; }

    /// <summary>Not the chain of the deployment any more.</summary>
    public bool IsAnother { get; set; }

    /// <summary>What becomes of a charge.</summary>
    public Func<BatchCharge, ChargeRefusal> Settle { get; set; } = _ => ChargeRefusal.None;

    public TimeSpan ClockOffset { get; set; }

    public int Charged { get; private set; }

    public IReadOnlyList<Anchoring> Anchorings
    {
        get
        {
            lock (gate)
            {
                return [.. anchorings];
            }
        }
    }

    public AnchorPort Port => new(_ => Task.FromResult(Checked()), _ => Task.FromResult(Read()), (request, _) => Task.FromResult(Anchor(request)), (size, _) => Task.FromResult(Find(size)));

    /// <summary>Drops the newest anchorings, as a reorganisation does.</summary>
    public void DropLast(int count)
    {
        lock (gate)
        {
            anchorings.RemoveRange(anchorings.Count - count, count);
        }
    }

    private bool Checked()
    {
        ThrowIfDown();
        return !IsAnother ? true : throw new WrongLedgerException("the chain was made anew");
    }

    private AnchoredCheckpoint Read()
    {
        ThrowIfDown();
        lock (gate)
        {
            return anchorings.Count == 0 ? new AnchoredCheckpoint(0, default, 0) : new AnchoredCheckpoint(anchorings[^1].Size, anchorings[^1].Root, anchorings[^1].Receipt.Block.Number);
        }
    }

    private AnchorResult Anchor(AnchorRequest request)
    {
        ThrowIfDown();
        lock (gate)
        {
            var (oldSize, oldRoot) = anchorings.Count == 0 ? (0L, TreeHash.Empty) : ((long)anchorings[^1].Size, anchorings[^1].Root);
            if (request.Size <= oldSize)
            {
                return new AnchorResult(null, new ChainRefusal("TransparencyLogNotLarger", "not larger"));
            }

            if (!MerkleProof.Extends(oldSize, oldRoot, request.Size, request.Root, request.Proof))
            {
                return new AnchorResult(null, new ChainRefusal("TransparencyLogInconsistent", "inconsistent"));
            }

            Charged += request.Charges.Count;
            var block = new ChainBlock(++blocks, $"0xb{blocks}", time.GetUtcNow() + ClockOffset);
            var settled = request.Charges.Select(charge => new Settlement(charge.Seq, charge.PermitId, Settle(charge))).ToList();
            anchorings.Add(new Anchoring(default, (ulong)request.Size, request.Root, settled, new TransactionReceipt($"0x{blocks:x}", block, 0, [])));
            if (LoseNextReceipt)
            {
                LoseNextReceipt = false;
                throw new LedgerUnavailableException("the answer was lost");
            }

            return new AnchorResult(anchorings[^1], null);
        }
    }

    private Anchoring? Find(long size)
    {
        ThrowIfDown();
        return Anchorings.FirstOrDefault(anchoring => anchoring.Size == (ulong)size);
    }

    private void ThrowIfDown()
    {
        if (Down)
        {
            throw new LedgerUnavailableException("the chain is down");
        }
    }
}
