using System.Security.Cryptography;
using Silos.Ledger.Records;

namespace Silos.Ledger.Merkle;

/// <summary>The hashes of a Merkle tree (RFC 9162 section 2.1.1): SHA-256, leaves prefixed with 0x00, nodes with 0x01.</summary>
public static class TreeHash
{
    /// <summary>The root of a tree without leaves: the hash of nothing.</summary>
    public static Hash32 Empty { get; } = Hash32.Of(ReadOnlySpan<byte>.Empty);

    /// <summary>SHA-256(0x00 ‖ bytes).</summary>
    public static Hash32 Leaf(ReadOnlySpan<byte> bytes)
    {
        Span<byte> prefixed = bytes.Length < 1024 ? stackalloc byte[bytes.Length + 1] : new byte[bytes.Length + 1];
        prefixed[0] = 0x00;
        bytes.CopyTo(prefixed[1..]);
        return Hash32.Of(prefixed);
    }

    /// <summary>SHA-256(0x01 ‖ left ‖ right).</summary>
    public static Hash32 Node(Hash32 left, Hash32 right)
    {
        Span<byte> bytes = stackalloc byte[65];
        bytes[0] = 0x01;
        left.CopyTo(bytes[1..]);
        right.CopyTo(bytes[33..]);
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(bytes, hash);
        return new Hash32(hash);
    }
}
