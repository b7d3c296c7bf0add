using Silos.Ledger.Chain;
using Silos.Ledger.Records;

namespace Silos.Ledger.Log;

/// <summary>What a log asks of the chain; each throws <see cref="LedgerUnavailableException"/> when the node does not answer, and may be asked again.</summary>
/// <param name="Check">That this is the chain of our deployment (<see cref="WrongLedgerException"/> if not).</param>
/// <param name="Read">The log's newest anchored checkpoint; size 0 before the first.</param>
/// <param name="Anchor">Anchors a checkpoint with its charges and waits until that is final.</param>
/// <param name="Find">The anchoring of this size, if the canonical chain holds one.</param>
internal sealed record AnchorPort(
    Func<CancellationToken, Task> Check,
    Func<CancellationToken, Task<AnchoredCheckpoint>> Read,
    Func<AnchorRequest, CancellationToken, Task<AnchorResult>> Anchor,
    Func<long, CancellationToken, Task<Anchoring?>> Find)
{
    public static AnchorPort Of(ChainClient chain, Hash32 logId) => new(
        chain.CheckDeploymentAsync,
        cancel => chain.ReadAnchorAsync(logId, cancel),
        (request, cancel) => chain.AnchorAsync(logId, (ulong)request.Size, request.Root, request.Proof, request.Charges, cancel),
        (size, cancel) => chain.FindAnchoringAsync(logId, (ulong)size, cancel));
}

/// <summary>A checkpoint to anchor, proven to extend the anchored one, and the charges of the entries that it adds.</summary>
internal sealed record AnchorRequest(long Size, Hash32 Root, IReadOnlyList<Hash32> Proof, IReadOnlyList<BatchCharge> Charges);
