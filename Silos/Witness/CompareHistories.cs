using System.Globalization;
using Silos.Ledger.Chain;
using Silos.Ledger.Checkpoints;
using Silos.Ledger.Records;

namespace Silos.Witness;

/// <summary>How a checkpoint that somebody else was shown stands to what this witness and the chain know.</summary>
internal abstract record Comparison
{
    public sealed record Same : Comparison;

    /// <summary>Neither witness nor chain has come so far.</summary>
    public sealed record Unknown : Comparison;

    public sealed record Fork(string Reason) : Comparison;

    public sealed record Unreadable(string Reason) : Comparison;
}

/// <summary>
/// Finds two histories. A checkpoint that the log signed must be the one that this witness co-signed at that size, or that the chain holds; and every
/// checkpoint that a log signs is anchored, so one that the chain has passed over is a fork too.
/// </summary>
internal sealed class CompareHistories(KnownLogs logs, WitnessStore store, ChainClient chain, TimeProvider time, ILogger<CompareHistories> logger)
{
    /// <summary>Compares a signed note, keeps it while it is unknown, and raises the alarm when it shows another history.</summary>
    public async Task<Comparison> HearAsync(string text, string source, CancellationToken cancel)
    {
        if (SignedNote.Parse(text) is not { } note || Checkpoint.Parse(note.Text) is not { } checkpoint)
        {
            return new Comparison.Unreadable("expected a signed checkpoint");
        }

        if (await logs.FindAsync(note, checkpoint.Origin, cancel) is not { } log || !note.IsSignedBy(log))
        {
            return new Comparison.Unreadable("not signed with the key that Members names for this log");
        }

        var seen = await store.FindAsync(checkpoint.Origin, checkpoint.Size);
        var outcome = seen is not null ? Compare(checkpoint, Hash32.Parse(seen.Root), "this witness co-signed") : await CompareWithChainAsync(checkpoint, cancel);
        switch (outcome)
        {
            case Comparison.Same:
                await store.ForgetHeardAsync(checkpoint, cancel);
                break;
            case Comparison.Unknown:
                await store.KeepHeardAsync(checkpoint, text, source, cancel);
                break;
            case Comparison.Fork fork when await store.RaiseAsync(checkpoint, text, fork.Reason, seen?.Note, source, time.GetUtcNow(), cancel):
                logger.LogCritical("ALARM, told by {Source}: {Reason}", source, fork.Reason);
                break;
        }

        return outcome;
    }

    private async Task<Comparison> CompareWithChainAsync(Checkpoint checkpoint, CancellationToken cancel)
    {
        // The head first: what is anchored while this looks must not count as passed over.
        var id = Hash32.Of(checkpoint.Origin);
        var head = await chain.ReadAnchorAsync(id, cancel);
        if (await chain.FindAnchoringAsync(id, (ulong)checkpoint.Size, cancel) is { } anchoring)
        {
            return Compare(checkpoint, anchoring.Root, "the chain holds");
        }

        return (long)head.Size > checkpoint.Size
            ? new Comparison.Fork(string.Create(CultureInfo.InvariantCulture, $"log '{checkpoint.Origin}' signed a checkpoint of size {checkpoint.Size} that the chain, now at size {head.Size}, never held"))
            : new Comparison.Unknown();
    }

    private static Comparison Compare(Checkpoint checkpoint, Hash32 root, string who) => checkpoint.Root == root
        ? new Comparison.Same()
        : new Comparison.Fork(string.Create(CultureInfo.InvariantCulture, $"log '{checkpoint.Origin}' signed two histories: at size {checkpoint.Size}, {who} another root"));
}
