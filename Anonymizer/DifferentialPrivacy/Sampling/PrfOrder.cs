using System.Security.Cryptography;
using System.Text;

namespace Anonymizer.DifferentialPrivacy.Sampling;

/// <summary>
/// A pseudo-random order of named things: the place of a name is HMAC-SHA256(key, name), compared byte by byte. Whoever has SHA-256 makes the same
/// order, a database included: HMAC(key, name) = SHA-256(<see cref="Outer"/> ‖ SHA-256(<see cref="Inner"/> ‖ name)) (RFC 2104).
/// </summary>
/// <remarks>Claim: the first m of n names are a uniform choice of m, HMAC-SHA256 being a PRF and the key secret; another name changes nothing about the
/// order of these. Limit: whoever holds the key knows the choice, as whoever holds the seed knows the noise.</remarks>
public sealed class PrfOrder
{
    private const int BlockBytes = 64;

    private static readonly Comparer<byte[]> Places = Comparer<byte[]>.Create((a, b) => a.AsSpan().SequenceCompareTo(b));
    private readonly byte[] key;

    private PrfOrder(byte[] key) => this.key = key;

    /// <summary>What comes before the name inside: 64 bytes.</summary>
    public byte[] Inner => Padded(0x36);

    /// <summary>What comes before the inner hash: 64 bytes.</summary>
    public byte[] Outer => Padded(0x5c);

    /// <summary>The order that a source's next 32 bytes make.</summary>
    public static PrfOrder From(IRandomSource source)
    {
        var key = new byte[PrfRandomSource.KeyLength];
        source.Fill(key);
        return new PrfOrder(key);
    }

    /// <summary>The name of something that has several parts: its kind, then each part with its length in UTF-8 bytes before it, <c>-</c> for one that is
    /// missing. No two things have one name.</summary>
    public static string Name(string kind, params IEnumerable<string?> parts) =>
        string.Concat(parts.Select(part => part is null ? "-" : FormattableString.Invariant($"{Encoding.UTF8.GetByteCount(part)}:{part}")).Prepend(kind));

    /// <summary>The first so many of the things, by the places of their names.</summary>
    public IEnumerable<T> First<T>(IEnumerable<T> things, int most, Func<T, string> name) =>
        things.OrderBy(thing => PlaceOf(name(thing)), Places).Take(most);

    private byte[] PlaceOf(string name) => HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(name));

    private byte[] Padded(byte pad)
    {
        var block = new byte[BlockBytes];
        key.CopyTo(block, 0);
        return Array.ConvertAll(block, one => (byte)(one ^ pad));
    }
}
