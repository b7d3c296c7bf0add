using System.Diagnostics;
using Silos.Ledger.Merkle;
using Silos.Ledger.Records;
using Xunit;

namespace Silos.Tests.Log;

public sealed class SnapshotTreeTests
{
    /// <summary>Goal: the root depends on what is in the tree, not on how it came there. Method: 500 seeded changes in the tree and in a dictionary; compare with the tree built at once.</summary>
    [Fact]
    public void A_tree_changed_step_by_step_is_the_tree_built_at_once()
    {
        var random = new Random(20261121);
        var expected = new Dictionary<Hash32, Hash32>();
        var tree = SnapshotTree.Empty;
        for (var step = 0; step < 500; step++)
        {
            var name = Hash32.Of($"name {random.Next(120)}");
            if (random.Next(3) == 0)
            {
                expected.Remove(name);
                tree = tree.Without(name);
            }
            else
            {
                var value = Hash32.Of($"value {step}");
                expected[name] = value;
                tree = tree.With(name, value);
            }

            Assert.Equal(SnapshotTree.Of(expected).Root, tree.Root);
            Assert.Equal(expected.Count, tree.Count);
        }
    }

    /// <summary>Goal: a snapshot holds a name once, and a stranger's proof of a wrong shape is false. Method: a name twice; a proof with value and neighbour, with more hashes than a name has bits, and with a neighbour of another branch or of the name itself.</summary>
    [Fact]
    public void A_name_twice_and_a_proof_of_a_wrong_shape_are_refused()
    {
        var (name, value) = (Hash32.Of("name"), Hash32.Of("value"));
        var twice = Assert.Throws<ArgumentException>(() => SnapshotTree.Of([new(name, value), new(Hash32.Of("other"), value), new(name, Hash32.Of("another"))]));
        Assert.Contains($"name {name} occurs twice", twice.Message, StringComparison.Ordinal);
        var leaf = SnapshotTree.Empty.With(name, value);
        Assert.True(new SnapshotProof(name, value, []).Verify(leaf.Root));
        Assert.False(new SnapshotProof(name, value, [], new SnapshotLeaf(Hash32.Of("other"), value)).Verify(leaf.Root));
        Assert.False(new SnapshotProof(name, null, [], new SnapshotLeaf(name, value)).Verify(leaf.Root));
        Assert.True(new SnapshotProof(Hash32.Of("other"), null, [], new SnapshotLeaf(name, value)).Verify(leaf.Root));
        Assert.False(new SnapshotProof(name, value, [.. Enumerable.Repeat(value, 257)]).Verify(leaf.Root));
        var names = Enumerable.Range(0, 40).Select(i => Hash32.Of($"name {i}")).ToList();
        var tree = SnapshotTree.Of(names.Select(one => new KeyValuePair<Hash32, Hash32>(one, value)));
        foreach (var wanted in Enumerable.Range(0, 40).Select(i => Hash32.Of($"absent {i}")))
        {
            var proof = tree.Prove(wanted);
            Assert.True(proof.Verify(tree.Root));
            var elsewhere = tree.Prove(names[0]);
            Assert.False(new SnapshotProof(wanted, null, elsewhere.Siblings, new SnapshotLeaf(names[0], value)).Verify(tree.Root) && proof.Neighbour?.Name != names[0]);
        }
    }

    /// <summary>Goal: names that differ in their last bit alone are kept apart. Method: two such names, both ways of building, proofs of both and of a third.</summary>
    [Fact]
    public void Names_that_differ_in_the_last_bit_have_proofs_of_their_own()
    {
        var bytes = new byte[32];
        var even = new Hash32(bytes);
        bytes[31] = 1;
        var odd = new Hash32(bytes);
        bytes[31] = 2;
        var (first, second) = (Hash32.Of("first"), Hash32.Of("second"));
        var tree = SnapshotTree.Empty.With(odd, second).With(even, first);
        Assert.Equal(SnapshotTree.Of([new(even, first), new(odd, second)]).Root, tree.Root);
        Assert.Equal(first, tree.Prove(even).Value);
        Assert.True(tree.Prove(even).Verify(tree.Root));
        Assert.True(tree.Prove(odd).Verify(tree.Root));
        Assert.True(tree.Prove(new Hash32(bytes)) is { Value: null } absent && absent.Verify(tree.Root));
        Assert.Equal(SnapshotTree.Of([new(even, first)]).Root, tree.Without(odd).Root);
    }

    /// <summary>Goal: presence, value and absence are proven, and no altered proof holds. Method: 200 names in, 50 out; each proof against its root, another root, another value, another name, each sibling altered.</summary>
    [Fact]
    public void A_proof_shows_one_name_and_nothing_else()
    {
        var tree = SnapshotTree.Of(Enumerable.Range(0, 200).Select(i => KeyValuePair.Create(Hash32.Of($"name {i}"), Hash32.Of($"value {i}"))));
        var later = tree.With(Hash32.Of("name 3"), Hash32.Of("changed"));
        for (var i = 0; i < 250; i++)
        {
            var proof = tree.Prove(Hash32.Of($"name {i}"));
            Assert.Equal(i < 200 ? Hash32.Of($"value {i}") : null, proof.Value);
            Assert.True(proof.Verify(tree.Root));
            Assert.False(proof.Verify(later.Root));
            Assert.False((proof with { Value = Hash32.Of("other"), Neighbour = null }).Verify(tree.Root));
            Assert.False((proof with { Name = Hash32.Of("nobody") }).Verify(tree.Root));
            Assert.False((proof with { Value = null, Neighbour = null }).Verify(tree.Root) && proof.Neighbour is not null);
            for (var s = 0; s < proof.Siblings.Count; s++)
            {
                var siblings = proof.Siblings.Select((hash, at) => at == s ? Hash32.Of(hash.ToArray()) : hash).ToList();
                Assert.False((proof with { Siblings = siblings }).Verify(tree.Root));
            }
        }
    }

    /// <summary>Goal: an absence cannot be claimed for a name that is present. Method: offer the present leaf's neighbour, and the leaf itself, as the reason for its absence.</summary>
    [Fact]
    public void A_present_name_cannot_be_proven_absent()
    {
        var tree = SnapshotTree.Of(Enumerable.Range(0, 64).Select(i => KeyValuePair.Create(Hash32.Of($"name {i}"), Hash32.Of($"value {i}"))));
        var present = tree.Prove(Hash32.Of("name 7"));
        Assert.False((present with { Value = null, Neighbour = new SnapshotLeaf(present.Name, present.Value!.Value) }).Verify(tree.Root));
        for (var i = 0; i < 64; i++)
        {
            var other = tree.Prove(Hash32.Of($"name {i}"));
            Assert.False(i != 7 && new SnapshotProof(present.Name, null, other.Siblings, new SnapshotLeaf(other.Name, other.Value!.Value)).Verify(tree.Root));
        }
    }

    /// <summary>Goal: a change costs the logarithm, not the whole. Method: count the siblings of proofs in a tree of 100,000 names (log₂ is 16.6; deeper than 45 has odds below 1e-6 for random names), and time 1,000 changes for the reader.</summary>
    [Fact]
    public void A_change_in_a_large_tree_touches_one_short_path()
    {
        var tree = SnapshotTree.Of(Enumerable.Range(0, 100_000).Select(i => KeyValuePair.Create(Hash32.Of($"name {i}"), Hash32.Of("value"))));
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < 1_000; i++)
        {
            tree = tree.With(Hash32.Of($"name {i * 97}"), Hash32.Of("changed"));
            Assert.True(tree.Prove(Hash32.Of($"name {i * 97}")).Siblings.Count <= 45);
        }

        TestContext.Current.TestOutputHelper!.WriteLine($"change and proof: {Stopwatch.GetElapsedTime(started).TotalMicroseconds / 1_000:0.0} µs each");
    }
}
