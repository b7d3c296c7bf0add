using Silos.Ledger.Merkle;
using Silos.Ledger.Records;
using Xunit;

namespace Silos.Tests.Log;

/// <summary>The published vectors of Certificate Transparency's reference implementations (eight leaves, roots of every size, chosen proofs).</summary>
public sealed class MerkleVectorTests
{
    private static readonly string[] Leaves = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];

    private static readonly string[] Roots =
    [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];

    private const string Leaf1 = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7";
    private const string Leaf4 = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b";
    private const string Leaves45 = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a";
    private const string Leaves23 = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e";
    private const string Leaves67 = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0";
    private const string Leaves4To7 = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4";

    /// <summary>Goal: leaf and node hashes and the shape of the tree are RFC 9162's. Method: the published roots of sizes 0 to 8.</summary>
    [Fact]
    public void Roots_are_the_published_ones()
    {
        var growth = new TreeGrowth(0, _ => default);
        Assert.Equal("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", Hex(growth.Root()));
        for (var i = 0; i < Leaves.Length; i++)
        {
            growth.Append(TreeHash.Leaf(Convert.FromHexString(Leaves[i])));
            Assert.Equal(Roots[i], Hex(growth.Root()));
        }
    }

    /// <summary>Goal: inclusion proofs are made as published. Method: published paths.</summary>
    [Theory]
    [InlineData(0, 1, new string[0])]
    [InlineData(0, 8, new[] { Leaf1, Leaves23, Leaves4To7 })]
    [InlineData(5, 8, new[] { Leaf4, Leaves67, "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7" })]
    [InlineData(2, 3, new[] { "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125" })]
    [InlineData(1, 5, new[] { "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d", Leaves23, Leaf4 })]
    public void Inclusion_proofs_are_the_published_ones(long index, long size, string[] proof)
    {
        var (nodes, leaves) = Tree();
        var made = ProofPlan.Inclusion(index, size).Select(range => ProofPlan.Fold(range.Start, range.End, nodes)).ToList();
        Assert.Equal(proof, made.Select(Hex));
        Assert.True(MerkleProof.Includes(leaves[(int)index], index, size, made, Hash32.FromHex(Roots[size - 1])));
    }

    /// <summary>Goal: consistency proofs are made as published. Method: published paths.</summary>
    [Theory]
    [InlineData(1, 1, new string[0])]
    [InlineData(1, 8, new[] { Leaf1, Leaves23, Leaves4To7 })]
    [InlineData(6, 8, new[] { Leaves45, Leaves67, "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7" })]
    [InlineData(2, 5, new[] { Leaves23, Leaf4 })]
    public void Consistency_proofs_are_the_published_ones(long from, long to, string[] proof)
    {
        var (nodes, _) = Tree();
        var made = ProofPlan.Consistency(from, to).Select(range => ProofPlan.Fold(range.Start, range.End, nodes)).ToList();
        Assert.Equal(proof, made.Select(Hex));
        Assert.True(MerkleProof.Extends(from, Hash32.FromHex(Roots[from - 1]), to, Hash32.FromHex(Roots[to - 1]), made));
    }

    private static string Hex(Hash32 hash) => hash.ToHex()[2..];

    private static (Func<long, Hash32> Nodes, IReadOnlyList<Hash32> Leaves) Tree()
    {
        var growth = new TreeGrowth(0, _ => default);
        var leaves = Leaves.Select(leaf => TreeHash.Leaf(Convert.FromHexString(leaf))).ToList();
        leaves.ForEach(growth.Append);
        var nodes = growth.Made.ToDictionary(node => node.Position, node => node.Hash);
        return (position => nodes[position], leaves);
    }
}
