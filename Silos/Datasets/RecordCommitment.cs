using Silos.Ledger.Merkle;
using Silos.Ledger.Records;

namespace Silos.Datasets;

/// <summary>One patient's record as it is kept: canonical bytes, their salt, and the salted commitment made when it was loaded.</summary>
public sealed record StoredRecord(string Patient, byte[] Body, byte[] Salt, byte[] Commitment);

/// <summary>The salted commitments by which a changed record is found. Pure.</summary>
public static class RecordCommitment
{
    /// <summary>A commitment to the record's bytes.</summary>
    public static Hash32 Of(byte[] body, ReadOnlySpan<byte> salt) => Commitment.Of(Hash32.Of(body), new Hash32(salt));

    /// <summary>RFC 9162 root over the commitments in the order of their bytes, so that it does not tell the order of the records.</summary>
    public static Hash32 Root(IEnumerable<Hash32> commitments)
    {
        var growth = new TreeGrowth(0, _ => default);
        foreach (var commitment in commitments.Order())
        {
            growth.Append(TreeHash.Leaf(commitment.ToArray()));
        }

        return growth.Root();
    }

    /// <summary>Checks every record against its commitment, and all commitments against the anchored root.</summary>
    /// <returns>Null when nothing was changed; else what was, without naming a patient.</returns>
    public static string? Fault(IReadOnlyList<StoredRecord> records, Hash32 root)
    {
        var changed = records.AsParallel().Count(record => record.Salt.Length != 32 || record.Commitment.Length != 32
            || Of(record.Body, record.Salt) != new Hash32(record.Commitment));
        if (changed > 0)
        {
            return $"{changed} of {records.Count} records differ from their commitments";
        }

        return Root(records.Select(record => new Hash32(record.Commitment))) == root
            ? null
            : "the records' commitments do not make the anchored root: a record was added, removed or exchanged";
    }
}
