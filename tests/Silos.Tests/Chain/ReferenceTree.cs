using System.Security.Cryptography;
using Silos.Ledger.Records;

namespace Silos.Tests.Chain;

/// <summary>RFC 9162 2.1.1 and 2.1.4.1, recursively and slowly, straight from the text.</summary>
internal static class ReferenceTree
{
    public static Hash32 Root(ReadOnlySpan<Hash32> leaves)
    {
        if (leaves.Length == 1)
        {
            return leaves[0];
        }

        var k = Split(leaves.Length);
        return new Hash32(SHA256.HashData([0x01, .. Root(leaves[..k]).ToArray(), .. Root(leaves[k..]).ToArray()]));
    }

    public static List<Hash32> Consistency(ReadOnlySpan<Hash32> leaves, int old) => old == 0 ? [] : Sub(old, leaves, true);

    private static List<Hash32> Sub(int m, ReadOnlySpan<Hash32> leaves, bool whole)
    {
        if (m == leaves.Length)
        {
            return whole ? [] : [Root(leaves)];
        }

        var k = Split(leaves.Length);
        return m <= k ? [.. Sub(m, leaves[..k], whole), Root(leaves[k..])] : [.. Sub(m - k, leaves[k..], false), Root(leaves[..k])];
    }

    private static int Split(int n) => 1 << (31 - int.LeadingZeroCount(n - 1));
}
