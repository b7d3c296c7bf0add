using Silos.Ledger.Records;

namespace Silos.Ledger.Merkle;

/// <summary>Checks the two proofs of a log. Both are total: a stranger's proof of any shape is simply true or false.</summary>
public static class MerkleProof
{
    /// <summary>Whether the leaf is number <paramref name="index"/> (from 0) of the tree of <paramref name="size"/> leaves with this root (RFC 9162 section 2.1.3.2).</summary>
    public static bool Includes(Hash32 leaf, long index, long size, IReadOnlyList<Hash32> proof, Hash32 root)
    {
        if (index < 0 || index >= size)
        {
            return false;
        }

        var (node, last, hash) = (index, size - 1, leaf);
        foreach (var sibling in proof)
        {
            if (last == 0)
            {
                return false;
            }

            if ((node & 1) == 1 || node == last)
            {
                hash = TreeHash.Node(sibling, hash);
                while ((node & 1) == 0 && node != 0)
                {
                    (node, last) = (node >> 1, last >> 1);
                }
            }
            else
            {
                hash = TreeHash.Node(hash, sibling);
            }

            (node, last) = (node >> 1, last >> 1);
        }

        return last == 0 && hash == root;
    }

    /// <summary>Whether the tree of <paramref name="to"/> leaves begins with the <paramref name="from"/> leaves of the older one (RFC 9162 section 2.1.4.2). Every tree extends the empty one, by an empty proof.</summary>
    public static bool Extends(long from, Hash32 fromRoot, long to, Hash32 toRoot, IReadOnlyList<Hash32> proof)
    {
        if (from < 0 || from > to)
        {
            return false;
        }

        if (from == 0 || from == to)
        {
            return proof.Count == 0 && (from == 0 ? fromRoot == TreeHash.Empty && (to > 0 || toRoot == fromRoot) : fromRoot == toRoot);
        }

        var path = (from & (from - 1)) == 0 ? [fromRoot, .. proof] : proof;
        if (path.Count == 0)
        {
            return false;
        }

        var (node, last) = (from - 1, to - 1);
        while ((node & 1) == 1)
        {
            (node, last) = (node >> 1, last >> 1);
        }

        var (older, newer) = (path[0], path[0]);
        for (var i = 1; i < path.Count; i++)
        {
            if (last == 0)
            {
                return false;
            }

            if ((node & 1) == 1 || node == last)
            {
                older = TreeHash.Node(path[i], older);
                newer = TreeHash.Node(path[i], newer);
                while ((node & 1) == 0 && node != 0)
                {
                    (node, last) = (node >> 1, last >> 1);
                }
            }
            else
            {
                newer = TreeHash.Node(newer, path[i]);
            }

            (node, last) = (node >> 1, last >> 1);
        }

        return last == 0 && older == fromRoot && newer == toRoot;
    }
}
