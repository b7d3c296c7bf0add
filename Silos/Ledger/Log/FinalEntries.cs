using System.Data.Common;
using System.Globalization;
using System.Text;
using Silos.Ledger.Chain;
using Silos.Ledger.Checkpoints;
using Silos.Ledger.Merkle;

namespace Silos.Ledger.Log;

/// <summary>Reads final entries with their proofs, several at once: callers mostly wait for the same batch.</summary>
internal static class FinalEntries
{
    /// <returns>In the order asked for; null for what is not final.</returns>
    /// <exception cref="LedgerHaltedException">A stored entry is not the one that was signed.</exception>
    public static async Task<IReadOnlyList<FinalEntry?>> FindAsync(DbConnection connection, IReadOnlyList<long> seqs)
    {
        var checkpoints = await CheckpointsAsync(connection, seqs);
        var final = seqs.Where(seq => checkpoints[seq] is { TransactionHash: not null }).ToHashSet();
        var bodies = await LogStore.BodiesAsync(connection, [.. final]);
        var settled = await LogStore.SettlementsAsync(connection, [.. final]);
        var plans = final.ToDictionary(seq => seq, seq => ProofPlan.Inclusion(seq, checkpoints[seq]!.Size));
        var node = await LogStore.NodesAsync(connection, plans.Values.SelectMany(plan => plan.SelectMany(range => ProofPlan.Nodes(range.Start, range.End))));
        return [.. seqs.Select(seq => final.Contains(seq) ? Proven(seq, checkpoints[seq]!, bodies[seq], plans[seq].Select(range => ProofPlan.Fold(range.Start, range.End, node)).ToList(), settled.TryGetValue(seq, out var refusal) ? refusal : null) : null)];
    }

    /// <summary>The checkpoint in whose batch each is; neighbours share one, so that it is looked up once a batch.</summary>
    private static async Task<Dictionary<long, StoredCheckpoint?>> CheckpointsAsync(DbConnection connection, IReadOnlyList<long> seqs)
    {
        var found = new Dictionary<long, StoredCheckpoint?>();
        StoredCheckpoint? last = null;
        foreach (var seq in seqs.Distinct().Order())
        {
            last = last is not null && seq >= last.FirstSeq && seq < last.Size ? last : await LogStore.CheckpointOfAsync(connection, seq);
            found[seq] = last;
        }

        return found;
    }

    private static FinalEntry Proven(long seq, StoredCheckpoint stored, string body, IReadOnlyList<Records.Hash32> proof, ChargeRefusal? refusal)
    {
        var checkpoint = Checkpoint.Parse(SignedNote.Parse(stored.Note)!.Text)!;
        if (!MerkleProof.Includes(TreeHash.Leaf(Encoding.UTF8.GetBytes(body)), seq, stored.Size, proof, checkpoint.Root))
        {
            throw new LedgerHaltedException(string.Create(CultureInfo.InvariantCulture, $"entry {seq} in the database is not the one that was signed: it was altered after it was logged"));
        }

        Settled settled = refusal switch
        {
            null => new Settled.None(),
            ChargeRefusal.None => new Settled.Posted(),
            { } reason => new Settled.Refused(reason),
        };
        return new FinalEntry(LogStore.Read(body), settled, stored.Note, proof, stored.TransactionHash!);
    }
}
