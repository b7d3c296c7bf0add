using System.Globalization;
using Microsoft.Extensions.Options;
using Silos.Ledger.Chain;
using Silos.Ledger.Checkpoints;
using Silos.Ledger.Merkle;
using Silos.Ledger.Records;

namespace Silos.Witness;

/// <summary>What a witness says to a checkpoint.</summary>
internal abstract record Cosigned
{
    /// <summary>Its signature line.</summary>
    public sealed record Signed(string Line) : Cosigned;

    /// <summary>It has seen another size than the log thought.</summary>
    public sealed record Conflict(long Size) : Cosigned;

    /// <summary>Not signed; with an HTTP status.</summary>
    public sealed record Refused(int Status, string Reason) : Cosigned;
}

/// <summary>Co-signs a checkpoint that extends the last one that it co-signed of the same log, and remembers it before it answers (C2SP tlog-witness).</summary>
internal sealed class AddCheckpoint(IOptions<WitnessOptions> options, SigningKey key, KnownLogs logs, WitnessStore store, TimeProvider time)
{
    private static readonly TimeSpan Tolerance = TimeSpan.FromHours(1);

    public async Task<Cosigned> RunAsync(string request, CancellationToken cancel)
    {
        if (Parse(request) is not var (old, proof, note, checkpoint))
        {
            return new Cosigned.Refused(400, "expected: 'old SIZE', at most 63 base64 hashes, an empty line, a signed checkpoint");
        }

        NoteKey? log;
        try
        {
            log = await logs.FindAsync(note, checkpoint.Origin, cancel);
        }
        catch (LedgerUnavailableException down)
        {
            return new Cosigned.Refused(503, down.Message);
        }

        if (log is null)
        {
            return new Cosigned.Refused(404, $"Members names no log '{checkpoint.Origin}'");
        }

        if (!note.IsSignedBy(log))
        {
            return new Cosigned.Refused(403, $"the checkpoint is not signed with the key that Members names for '{checkpoint.Origin}'");
        }

        var now = time.GetUtcNow();
        return await store.WithLatestAsync(checkpoint.Origin, latest => Decide(latest, old, proof, note, checkpoint, now), note, checkpoint, cancel);
    }

    /// <summary>The decision, and whether the checkpoint is to be remembered. Pure but for the signature.</summary>
    private (Cosigned Outcome, bool Remember) Decide(SeenCheckpoint? latest, long old, IReadOnlyList<Hash32> proof, SignedNote note, Checkpoint checkpoint, DateTimeOffset now)
    {
        var (size, root) = latest is null ? (0, TreeHash.Empty) : (latest.Size, Hash32.Parse(latest.Root));
        if (old > checkpoint.Size)
        {
            return (new Cosigned.Refused(400, "old is larger than the checkpoint"), false);
        }

        if (old != size || (checkpoint.Size == size && checkpoint.Root != root))
        {
            return (new Cosigned.Conflict(size), false);
        }

        if (!MerkleProof.Extends(size, root, checkpoint.Size, checkpoint.Root, proof))
        {
            return (new Cosigned.Refused(422, string.Create(CultureInfo.InvariantCulture, $"the checkpoint does not extend the one of size {size} that was co-signed before")), false);
        }

        if ((checkpoint.Time - now).Duration() > Tolerance)
        {
            return (new Cosigned.Refused(422, $"the checkpoint is dated {RecordTime.Write(checkpoint.Time)}; here it is {RecordTime.Write(now)}"), false);
        }

        return (new Cosigned.Signed(Cosignature.Sign(note.Text, options.Value.Name, key, now).ToString()), checkpoint.Size > size);
    }

    private static (long Old, IReadOnlyList<Hash32> Proof, SignedNote Note, Checkpoint Checkpoint)? Parse(string request)
    {
        var end = request.IndexOf("\n\n", StringComparison.Ordinal);
        if (end < 0)
        {
            return null;
        }

        var lines = request[..end].Split('\n');
        var note = SignedNote.Parse(request[(end + 2)..]);
        if (note is null || Checkpoint.Parse(note.Text) is not { } checkpoint || lines.Length > 64 || !lines[0].StartsWith("old ", StringComparison.Ordinal)
            || !long.TryParse(lines[0][4..], NumberStyles.None, CultureInfo.InvariantCulture, out var old) || lines[0] != string.Create(CultureInfo.InvariantCulture, $"old {old}"))
        {
            return null;
        }

        var proof = lines.Skip(1).Select(ReadHash).ToList();
        return proof.Contains(null) ? null : (old, [.. proof.Select(hash => hash!.Value)], note, checkpoint);
    }

    private static Hash32? ReadHash(string line)
    {
        Span<byte> bytes = stackalloc byte[33];
        return Convert.TryFromBase64String(line, bytes, out var written) && written == 32 ? new Hash32(bytes[..32]) : null;
    }
}
