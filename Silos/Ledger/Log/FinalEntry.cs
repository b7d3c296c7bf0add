using Silos.Ledger.Chain;
using Silos.Ledger.Records;

namespace Silos.Ledger.Log;

/// <summary>An entry whose checkpoint is anchored on the chain: from here on anybody can check it.</summary>
/// <param name="Settlement">What became of its charge.</param>
/// <param name="Checkpoint">The signed note (C2SP tlog-checkpoint) that closed its batch.</param>
/// <param name="Proof">Inclusion proof of the entry in the checkpoint's tree, from the leaf upwards.</param>
/// <param name="Transaction">Hash (0x-hex) of the transaction that anchored the checkpoint.</param>
public sealed record FinalEntry(Entry Entry, Settled Settlement, string Checkpoint, IReadOnlyList<Hash32> Proof, string Transaction);

/// <summary>What the chain decided on an entry's charge.</summary>
public abstract record Settled
{
    private Settled()
    {
    }

    /// <summary>The entry charges nothing.</summary>
    public sealed record None : Settled;

    /// <summary>The charge is booked on permit and register.</summary>
    public sealed record Posted : Settled;

    /// <summary>The charge was refused: nothing is booked, and the answer must not leave.</summary>
    public sealed record Refused(ChargeRefusal Reason) : Settled;
}
