using Silos.Ledger.Records;

namespace Silos.Ledger.Chain;

/// <summary>A charge of one entry in the batch being anchored.</summary>
/// <param name="Seq">The entry's place in the log, from 0; inside the batch, ascending.</param>
public sealed record BatchCharge(ulong Seq, Hash32 PermitId, Amount Amount);

/// <summary>What became of a charge.</summary>
public sealed record Settlement(ulong Seq, Hash32 PermitId, ChargeRefusal Refusal)
{
    public bool Posted => Refusal == ChargeRefusal.None;
}

/// <summary>A checkpoint on the chain; size 0 before a log's first.</summary>
public sealed record AnchoredCheckpoint(ulong Size, Hash32 Root, ulong Block);

/// <summary>A checkpoint that was anchored by a final transaction, and its charges as they were settled.</summary>
public sealed record Anchoring(Hash32 LogId, ulong Size, Hash32 Root, IReadOnlyList<Settlement> Settlements, TransactionReceipt Receipt);

/// <summary>An anchoring, or why the contract refused the checkpoint: its sender, its size or its consistency proof.</summary>
public sealed record AnchorResult(Anchoring? Anchoring, ChainRefusal? Refusal);

/// <content>What a log's writer does.</content>
public sealed partial class ChainClient
{
    /// <summary>Most charges in one transaction: a block takes no transaction of more than 2^24 gas (EIP-7825).</summary>
    public const int MostCharges = 256;

    private const ulong GasPerAnchor = 250_000;
    private const ulong GasPerProofNode = 3_000;
    private const ulong GasPerCharge = 60_000;

    /// <summary>Anchors a checkpoint and settles the charges of the entries it adds. The same checkpoint anchored before is found and returned.</summary>
    /// <param name="proof">RFC 9162 consistency proof from the anchored size; empty for a log's first checkpoint.</param>
    /// <param name="charges">At most <see cref="MostCharges"/>, in ascending order of <see cref="BatchCharge.Seq"/>.</param>
    public async Task<AnchorResult> AnchorAsync(Hash32 logId, ulong size, Hash32 root, IReadOnlyList<Hash32> proof, IReadOnlyList<BatchCharge> charges, CancellationToken cancel = default)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(charges.Count, MostCharges);
        var arguments = new AbiWriter().Word(logId).Number(size).Word(root)
            .Array(proof, (node, item) => node.Word(item))
            .Array(charges, (charge, item) => charge.Number(item.Seq).Word(item.PermitId).Amount(item.Amount));
        var gas = GasPerAnchor + (GasPerProofNode * (ulong)proof.Count) + (GasPerCharge * (ulong)charges.Count);
        var result = await SendAsync("TransparencyLog", Deployment.TransparencyLog, "anchor", arguments, cancel, gas);
        if (result.Receipt is { } receipt)
        {
            return new AnchorResult(Decode(receipt, logId, size), null);
        }

        var standing = result.Refusal is { Error: "TransparencyLogNotLarger" } ? await FindAnchoringAsync(logId, size, cancel) : null;
        return standing is not null && standing.Root == root ? new AnchorResult(standing, null) : new AnchorResult(null, result.Refusal);
    }

    /// <summary>A log's newest checkpoint on the chain.</summary>
    public async Task<AnchoredCheckpoint> ReadAnchorAsync(Hash32 logId, CancellationToken cancel = default)
    {
        var anchor = await CallAsync("TransparencyLog", Deployment.TransparencyLog, "anchorOf", new AbiWriter().Word(logId), cancel);
        var (size, block) = (anchor.Number(), anchor.Number());
        return new AnchoredCheckpoint(size, anchor.Word(), block);
    }

    /// <summary>The anchoring of a log's checkpoint of this size; null if there is none, or its block is no longer canonical.</summary>
    public async Task<Anchoring?> FindAnchoringAsync(Hash32 logId, ulong size, CancellationToken cancel = default)
    {
        var newest = await ReadAnchorAsync(logId, cancel);
        if (newest.Size < size)
        {
            return null;
        }

        string[] topics = [Artifact.Of("TransparencyLog").Events["CheckpointAnchored"].Topic, logId.ToHex()];
        var anchored = (await FindEventsAsync([Deployment.TransparencyLog], topics, newest.Size == size ? newest.Block : Deployment.FirstBlock, newest.Block, cancel))
            .FirstOrDefault(item => item.Number("size") == size);
        return anchored is null ? null : await ReadAnchoringAsync(anchored.Transaction, cancel);
    }

    /// <summary>The anchoring that a transaction made; null if the chain does not know it as one that succeeded and is final.</summary>
    public async Task<Anchoring?> ReadAnchoringAsync(string transaction, CancellationToken cancel = default)
    {
        var receipt = await transactions.ReadAsync(transaction, cancel);
        var anchored = receipt?.Events.FirstOrDefault(IsAnchoring);
        return anchored is null ? null : Decode(receipt!, anchored.Hash("logId"), anchored.Number("size"));
    }

    private bool IsAnchoring(ChainEvent item) => item.Name == "CheckpointAnchored" && item.Contract == Deployment.TransparencyLog;

    private Anchoring Decode(TransactionReceipt receipt, Hash32 logId, ulong size)
    {
        var anchored = receipt.Events.Single(item => IsAnchoring(item) && item.Hash("logId") == logId && item.Number("size") == size);
        var settled = receipt.Events
            .Where(item => item.Contract == Deployment.TransparencyLog && item.Name is "ChargePosted" or "ChargeRefused")
            .Select(item => new Settlement(item.Number("seq"), item.Hash("permitId"), item.Name == "ChargePosted" ? ChargeRefusal.None : (ChargeRefusal)item.Number("reason")));
        return new Anchoring(logId, size, anchored.Hash("root"), [.. settled], receipt);
    }
}
