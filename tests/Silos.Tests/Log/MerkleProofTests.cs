using Silos.Ledger.Merkle;
using Silos.Ledger.Records;
using Xunit;

namespace Silos.Tests.Log;

public sealed class MerkleProofTests
{
    private const int Largest = 70;

    private static readonly (Dictionary<long, Hash32> Nodes, List<Hash32> Leaves, List<Hash32> Roots) Tree = Grow();

    /// <summary>Goal: every leaf of every tree has a proof that holds, and that no other leaf, place, size or altered hash shares. Method: all pairs up to 70 leaves, each proof altered in each hash, shortened and lengthened.</summary>
    [Fact]
    public void An_inclusion_proof_holds_for_its_own_leaf_place_and_size_alone()
    {
        for (var size = 1; size <= Largest; size++)
        {
            for (var index = 0; index < size; index++)
            {
                var proof = Made(ProofPlan.Inclusion(index, size));
                var root = Tree.Roots[size];
                Assert.True(MerkleProof.Includes(Tree.Leaves[index], index, size, proof, root));
                Assert.False(MerkleProof.Includes(Tree.Leaves[(index + 1) % Largest], index, size, proof, root));
                Assert.False(MerkleProof.Includes(Tree.Leaves[index], index, size, [.. proof, root], root));
                Assert.False(MerkleProof.Includes(Tree.Leaves[index], size, size, proof, root));
                Assert.False(MerkleProof.Includes(Tree.Leaves[index], -1, size, proof, root));
                if (size > 1)
                {
                    Assert.False(MerkleProof.Includes(Tree.Leaves[index], index, size, proof[..^1], root));
                    Assert.False(MerkleProof.Includes(Tree.Leaves[index], index ^ 1, size, proof, root));
                }

                Assert.All(Altered(proof), altered => Assert.False(MerkleProof.Includes(Tree.Leaves[index], index, size, altered, root)));
            }
        }
    }

    /// <summary>Goal: every tree proves that it extends every older one, and no altered proof does. Method: all pairs up to 70 leaves.</summary>
    [Fact]
    public void A_consistency_proof_holds_for_its_own_two_trees_alone()
    {
        for (var to = 0; to <= Largest; to++)
        {
            for (var from = 0; from <= to; from++)
            {
                var proof = Made(ProofPlan.Consistency(from, to));
                var (older, newer) = (Tree.Roots[from], Tree.Roots[to]);
                Assert.True(MerkleProof.Extends(from, older, to, newer, proof), $"{from} to {to}");
                Assert.False(MerkleProof.Extends(from, older, to, newer, [.. proof, newer]));
                Assert.False(MerkleProof.Extends(from, Tree.Leaves[0], to, Tree.Leaves[1], proof));
                Assert.False(MerkleProof.Extends(from, Hash32.Of("another"), to, newer, proof));
                Assert.False(MerkleProof.Extends(from, older, to, Hash32.Of("another"), proof) && from > 0);
                Assert.False(MerkleProof.Extends(to + 1, older, to, newer, proof));
                Assert.All(Altered(proof), altered => Assert.False(MerkleProof.Extends(from, older, to, newer, altered)));
            }
        }
    }

    /// <summary>Goal: what has no leaves is the empty tree and no other, and who asks for what cannot be is told. Method: empty ranges, proofs and trees; numbers below 0 and beyond the tree; a leaf longer than those that lie on the stack.</summary>
    [Fact]
    public void The_edges_of_a_tree_are_refused_or_empty()
    {
        Assert.Equal(TreeHash.Empty, ProofPlan.Fold(0, 0, _ => throw new InvalidOperationException("there is no node")));
        Assert.True(MerkleProof.Extends(0, TreeHash.Empty, 0, TreeHash.Empty, []));
        Assert.False(MerkleProof.Extends(0, TreeHash.Empty, 0, Tree.Roots[1], []));
        Assert.False(MerkleProof.Extends(3, Tree.Roots[3], 5, Tree.Roots[5], []));
        Assert.False(MerkleProof.Extends(-1, TreeHash.Empty, 5, Tree.Roots[5], []));
        foreach (var (index, size) in new[] { (-1L, 5L), (5L, 5L), (6L, 5L) })
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => ProofPlan.Inclusion(index, size));
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => ProofPlan.Consistency(-1, 5));
        Assert.Throws<ArgumentOutOfRangeException>(() => ProofPlan.Consistency(6, 5));
        foreach (var length in new[] { 1023, 1024, 5000 })
        {
            var leaf = Enumerable.Range(0, length).Select(i => (byte)i).ToArray();
            Assert.Equal(Hash32.Of([0x00, .. leaf]), TreeHash.Leaf(leaf));
        }
    }

    /// <summary>Goal: a tree of which only the right edge is known grows as one built at once. Method: continue from every size.</summary>
    [Fact]
    public void A_tree_continued_from_its_stored_nodes_is_the_same_tree()
    {
        for (var size = 0; size < Largest; size++)
        {
            var growth = new TreeGrowth(size, position => Tree.Nodes[position]);
            Assert.Equal(Tree.Roots[size], growth.Root());
            for (var next = size; next < Largest; next++)
            {
                growth.Append(Tree.Leaves[next]);
                Assert.Equal(Tree.Roots[next + 1], growth.Root());
            }

            Assert.All(growth.Made, made => Assert.Equal(Tree.Nodes[made.Position], made.Hash));
        }
    }

    private static Hash32[] Made(IEnumerable<(long Start, long End)> ranges) => [.. ranges.Select(range => ProofPlan.Fold(range.Start, range.End, position => Tree.Nodes[position]))];

    private static IEnumerable<Hash32[]> Altered(Hash32[] proof) =>
        Enumerable.Range(0, proof.Length).Select(i => proof.Select((hash, j) => i == j ? Hash32.Of(hash.ToArray()) : hash).ToArray());

    private static (Dictionary<long, Hash32>, List<Hash32>, List<Hash32>) Grow()
    {
        var growth = new TreeGrowth(0, _ => default);
        var leaves = Enumerable.Range(0, Largest + 1).Select(i => TreeHash.Leaf([(byte)i])).ToList();
        var roots = new List<Hash32> { growth.Root() };
        foreach (var leaf in leaves)
        {
            growth.Append(leaf);
            roots.Add(growth.Root());
        }

        return (growth.Made.ToDictionary(node => node.Position, node => node.Hash), leaves, roots);
    }
}
