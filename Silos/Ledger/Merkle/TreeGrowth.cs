using Silos.Ledger.Records;

namespace Silos.Ledger.Merkle;

/// <summary>Appends leaves to a tree of which only the perfect subtrees at its right edge are known, and yields the nodes to store.</summary>
public sealed class TreeGrowth
{
    private readonly Stack<(int Level, Hash32 Hash)> edge = new();
    private readonly List<(long Position, Hash32 Hash)> made = [];

    /// <param name="size">Leaves so far.</param>
    /// <param name="node">The stored hash of a node at <see cref="ProofPlan.Nodes"/>(0, size).</param>
    public TreeGrowth(long size, Func<long, Hash32> node)
    {
        Size = size;
        var start = 0L;
        for (var level = 62; level >= 0; level--)
        {
            if ((size >> level & 1) == 1)
            {
                edge.Push((level, node(ProofPlan.Position(level, start >> level))));
                start += 1L << level;
            }
        }
    }

    /// <summary>Leaves.</summary>
    public long Size { get; private set; }

    /// <summary>The nodes that appending made, to be stored.</summary>
    public IReadOnlyList<(long Position, Hash32 Hash)> Made => made;

    public void Append(Hash32 leaf)
    {
        made.Add((ProofPlan.Position(0, Size), leaf));
        var (level, hash, index) = (0, leaf, Size);
        while (edge.TryPeek(out var left) && left.Level == level)
        {
            edge.Pop();
            hash = TreeHash.Node(left.Hash, hash);
            (level, index) = (level + 1, index >> 1);
            made.Add((ProofPlan.Position(level, index), hash));
        }

        edge.Push((level, hash));
        Size++;
    }

    /// <summary>The tree's root now.</summary>
    public Hash32 Root()
    {
        if (edge.Count == 0)
        {
            return TreeHash.Empty;
        }

        var fromRight = edge.Select(node => node.Hash).ToList();
        return fromRight.Skip(1).Aggregate(fromRight[0], (right, left) => TreeHash.Node(left, right));
    }
}
