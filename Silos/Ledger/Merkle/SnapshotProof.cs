using Silos.Ledger.Records;

namespace Silos.Ledger.Merkle;

/// <summary>What a snapshot holds under a name. It shows no other name's value but, at most, one neighbour's two commitments.</summary>
/// <param name="Name">The name asked for.</param>
/// <param name="Value">Its value; null when the snapshot holds nothing under it.</param>
/// <param name="Siblings">Hashes from the leaf upwards.</param>
/// <param name="Neighbour">For an absent name: the only leaf where it would be, if there is one.</param>
public sealed record SnapshotProof(Hash32 Name, Hash32? Value, IReadOnlyList<Hash32> Siblings, SnapshotLeaf? Neighbour = null)
{
    /// <summary>Whether this is so in the snapshot with this root. Total: any stranger's proof is true or false.</summary>
    public bool Verify(Hash32 root)
    {
        if (Siblings.Count > 256 || (Value is not null && Neighbour is not null) || (Neighbour is not null && !IsNeighbour(Neighbour.Name)))
        {
            return false;
        }

        var hash = Value is { } value ? SnapshotTree.LeafHash(Name, value)
            : Neighbour is { } other ? SnapshotTree.LeafHash(other.Name, other.Value)
            : default;
        for (var i = 0; i < Siblings.Count; i++)
        {
            hash = SnapshotTree.Bit(Name, Siblings.Count - 1 - i) ? TreeHash.Node(Siblings[i], hash) : TreeHash.Node(hash, Siblings[i]);
        }

        return hash == root;
    }

    private bool IsNeighbour(Hash32 other)
    {
        for (var depth = 0; depth < Siblings.Count; depth++)
        {
            if (SnapshotTree.Bit(Name, depth) != SnapshotTree.Bit(other, depth))
            {
                return false;
            }
        }

        return other != Name;
    }
}

/// <summary>A name and its value in a snapshot.</summary>
public sealed record SnapshotLeaf(Hash32 Name, Hash32 Value);
