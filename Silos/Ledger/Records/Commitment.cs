namespace Silos.Ledger.Records;

/// <summary>A salted commitment: SHA-256(0x02 ‖ salt ‖ hash of the content). It says nothing until salt and content are shown.</summary>
/// <remarks>The salt has 256 random bits and is in no entry and no public export; the prefix keeps commitments apart from leaves (0x00) and nodes (0x01).</remarks>
public static class Commitment
{
    /// <summary>Commits to the content whose hash is given.</summary>
    public static Hash32 Of(Hash32 content, Hash32 salt)
    {
        Span<byte> bytes = stackalloc byte[65];
        bytes[0] = 0x02;
        salt.CopyTo(bytes[1..]);
        content.CopyTo(bytes[33..]);
        return Hash32.Of(bytes);
    }
}

/// <summary>What opens a commitment: the hash of the content, and the salt.</summary>
public sealed record Opening(Hash32 Content, Hash32 Salt)
{
    /// <summary>Commits with a fresh salt.</summary>
    public static Opening Of(Hash32 content) => new(content, Hash32.Random());

    public Hash32 Commit() => Commitment.Of(Content, Salt);
}
