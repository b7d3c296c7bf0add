using System.Numerics;
using Silos.Ledger.Records;

namespace Silos.Ledger.Merkle;

/// <summary>
/// Which stored nodes a root or a proof is made of. A log stores the root of every perfect subtree (2^level leaves, aligned);
/// a range of leaves that a proof names is one such node, but for the tree's ragged right edge, which folds at most log₂ n of them.
/// </summary>
public static class ProofPlan
{
    /// <summary>
    /// Number of a perfect subtree in in-order numbering: leaf i is 2i, and the node above two neighbours lies between them.
    /// One integer names it for ever, however large the tree grows.
    /// </summary>
    public static long Position(int level, long index) => (index << (level + 1)) + (1L << level) - 1;

    /// <summary>The perfect subtrees that make up the leaves from <paramref name="start"/> up to <paramref name="end"/>, left to right.</summary>
    /// <param name="start">Aligned as RFC 9162's ranges are: a multiple of the largest power of two below the range's length.</param>
    public static IReadOnlyList<long> Nodes(long start, long end)
    {
        var nodes = new List<long>();
        while (start < end)
        {
            var level = BitOperations.Log2((ulong)(end - start));
            if (start != 0)
            {
                level = Math.Min(level, BitOperations.TrailingZeroCount(start));
            }

            nodes.Add(Position(level, start >> level));
            start += 1L << level;
        }

        return nodes;
    }

    /// <summary>The ranges of leaves whose hashes prove that leaf <paramref name="index"/> is in the tree of <paramref name="size"/>, from the leaf upwards (RFC 9162 section 2.1.3.1).</summary>
    public static IReadOnlyList<(long Start, long End)> Inclusion(long index, long size)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, size);
        var path = new List<(long, long)>();
        var (start, end) = (0L, size);
        while (end - start > 1)
        {
            var middle = start + Split(end - start);
            if (index < middle)
            {
                path.Add((middle, end));
                end = middle;
            }
            else
            {
                path.Add((start, middle));
                start = middle;
            }
        }

        path.Reverse();
        return path;
    }

    /// <summary>The ranges of leaves whose hashes prove that the tree of <paramref name="to"/> extends the one of <paramref name="from"/> (RFC 9162 section 2.1.4.1); none when either is empty or both are equal.</summary>
    public static IReadOnlyList<(long Start, long End)> Consistency(long from, long to)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(from);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(from, to);
        var path = new List<(long, long)>();
        if (from == 0 || from == to)
        {
            return path;
        }

        var (start, end, whole) = (0L, to, true);
        while (from != end)
        {
            var middle = start + Split(end - start);
            if (from <= middle)
            {
                path.Add((middle, end));
                end = middle;
            }
            else
            {
                path.Add((start, middle));
                (start, whole) = (middle, false);
            }
        }

        if (!whole)
        {
            path.Add((start, end));
        }

        path.Reverse();
        return path;
    }

    /// <summary>The hash over the range's leaves, from its stored nodes.</summary>
    public static Hash32 Fold(long start, long end, Func<long, Hash32> node)
    {
        var nodes = Nodes(start, end);
        if (nodes.Count == 0)
        {
            return TreeHash.Empty;
        }

        var hash = node(nodes[^1]);
        for (var i = nodes.Count - 2; i >= 0; i--)
        {
            hash = TreeHash.Node(node(nodes[i]), hash);
        }

        return hash;
    }

    /// <summary>The largest power of two below the number of leaves.</summary>
    private static long Split(long leaves) => 1L << BitOperations.Log2((ulong)(leaves - 1));
}
