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
                Assert.False(MerkleProof.Extends(to + 1, older, to, newer, proof));
                Assert.All(Altered(proof), altered => Assert.False(MerkleProof.Extends(from, older, to, newer, altered)));
            }
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
