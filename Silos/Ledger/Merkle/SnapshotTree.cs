using Silos.Ledger.Records;

namespace Silos.Ledger.Merkle;

/// <summary>
/// A sorted Merkle tree of names and values, both salted commitments. Its shape depends on the names alone, not on the order in which they came;
/// a change makes a new tree that shares all but a path with the old one, so an older snapshot can be kept and still proves.
/// </summary>
/// <remarks>
/// A binary trie over the bits of the names, which are evenly spread because they are hashes: a subtree with one name is that name's leaf,
/// SHA-256(0x00 ‖ name ‖ value); an empty one is 32 zero bytes; the others are SHA-256(0x01 ‖ left ‖ right). Depth is about log₂ n + 2 for honest names,
/// 256 at most. The root says nothing of the number of names; put a random value under a fixed name of your own to blind an unchanged snapshot.
/// </remarks>
public sealed class SnapshotTree
{
    /// <summary>Nobody.</summary>
    public static SnapshotTree Empty { get; } = new(null, 0);

    private readonly Node? top;

    private SnapshotTree(Node? top, int count) => (this.top, Count) = (top, count);

    /// <summary>Names in it.</summary>
    public int Count { get; }

    public Hash32 Root => HashOf(top);

    /// <summary>The tree of these names and values; n log n, once at start.</summary>
    /// <exception cref="ArgumentException">A name occurs twice.</exception>
    public static SnapshotTree Of(IEnumerable<KeyValuePair<Hash32, Hash32>> leaves)
    {
        var sorted = leaves.Select(leaf => new Node(leaf.Key, leaf.Value)).ToArray();
        Array.Sort(sorted, (left, right) => left.Name.CompareTo(right.Name));
        for (var i = 1; i < sorted.Length; i++)
        {
            if (sorted[i].Name == sorted[i - 1].Name)
            {
                throw new ArgumentException($"name {sorted[i].Name} occurs twice", nameof(leaves));
            }
        }

        return new SnapshotTree(Build(sorted, 0), sorted.Length);
    }

    /// <summary>The tree in which the name has this value.</summary>
    public SnapshotTree With(Hash32 name, Hash32 value)
    {
        var added = Find(name) is null;
        return new SnapshotTree(Put(top, new Node(name, value), 0), added ? Count + 1 : Count);
    }

    /// <summary>The tree without the name; the same tree when it is not there.</summary>
    public SnapshotTree Without(Hash32 name) => Find(name) is null ? this : new SnapshotTree(Take(top!, name, 0), Count - 1);

    /// <returns>The name's value, or null.</returns>
    public Hash32? Find(Hash32 name)
    {
        var node = top;
        for (var depth = 0; node is { IsLeaf: false }; depth++)
        {
            node = Bit(name, depth) ? node.Right : node.Left;
        }

        return node is not null && node.Name == name ? node.Value : null;
    }

    /// <summary>Proves what the tree holds under the name, or that it holds nothing.</summary>
    public SnapshotProof Prove(Hash32 name)
    {
        var siblings = new List<Hash32>();
        var node = top;
        for (var depth = 0; node is { IsLeaf: false }; depth++)
        {
            var right = Bit(name, depth);
            siblings.Add(HashOf(right ? node.Left : node.Right));
            node = right ? node.Right : node.Left;
        }

        siblings.Reverse();
        return node is null ? new SnapshotProof(name, null, siblings)
            : node.Name == name ? new SnapshotProof(name, node.Value, siblings)
            : new SnapshotProof(name, null, siblings, new SnapshotLeaf(node.Name, node.Value));
    }

    internal static bool Bit(Hash32 name, int depth) => (name.Byte(depth >> 3) >> (7 - (depth & 7)) & 1) == 1;

    internal static Hash32 LeafHash(Hash32 name, Hash32 value)
    {
        Span<byte> bytes = stackalloc byte[65];
        bytes[0] = 0x00;
        name.CopyTo(bytes[1..]);
        value.CopyTo(bytes[33..]);
        return Hash32.Of(bytes);
    }

    private static Hash32 HashOf(Node? node) => node?.Hash ?? default;

    private static Node? Build(ReadOnlySpan<Node> sorted, int depth)
    {
        if (sorted.Length < 2)
        {
            return sorted.Length == 0 ? null : sorted[0];
        }

        var (low, high) = (0, sorted.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = Bit(sorted[middle].Name, depth) ? (low, middle) : (middle + 1, high);
        }

        return new Node(Build(sorted[..low], depth + 1), Build(sorted[low..], depth + 1));
    }

    private static Node Put(Node? node, Node leaf, int depth)
    {
        if (node is null || (node.IsLeaf && node.Name == leaf.Name))
        {
            return leaf;
        }

        if (node.IsLeaf)
        {
            return Bit(node.Name, depth) == Bit(leaf.Name, depth) ? OnSide(Bit(leaf.Name, depth), Put(node, leaf, depth + 1), null)
                : OnSide(Bit(leaf.Name, depth), leaf, node);
        }

        return Bit(leaf.Name, depth) ? new Node(node.Left, Put(node.Right, leaf, depth + 1)) : new Node(Put(node.Left, leaf, depth + 1), node.Right);
    }

    private static Node OnSide(bool right, Node side, Node? other) => right ? new Node(other, side) : new Node(side, other);

    private static Node? Take(Node node, Hash32 name, int depth)
    {
        if (node.IsLeaf)
        {
            return null;
        }

        var right = Bit(name, depth);
        var side = Take((right ? node.Right : node.Left)!, name, depth + 1);
        var other = right ? node.Left : node.Right;
        return (side, other) switch
        {
            (null, null or { IsLeaf: true }) => other,
            ({ IsLeaf: true }, null) => side,
            _ => right ? new Node(other, side) : new Node(side, other),
        };
    }

    private sealed class Node
    {
        public Node(Hash32 name, Hash32 value) => (Name, Value, Hash, IsLeaf) = (name, value, LeafHash(name, value), true);

        public Node(Node? left, Node? right) => (Left, Right, Hash) = (left, right, TreeHash.Node(HashOf(left), HashOf(right)));

        public bool IsLeaf { get; }

        public Hash32 Name { get; }

        public Hash32 Value { get; }

        public Node? Left { get; }

        public Node? Right { get; }

        public Hash32 Hash { get; }
    }
}
