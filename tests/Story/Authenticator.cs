using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;

namespace Story;

/// <summary>A person's authenticator app (RFC 6238, SHA-1, 30 s, 6 digits).</summary>
public static class Authenticator
{
    /// <summary>The code so many steps from now, for the base32 secret.</summary>
    public static string Code(string base32, int later = 0)
    {
        var bits = string.Concat(base32.TrimEnd('=').Select(letter => Convert.ToString("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".IndexOf(letter, StringComparison.Ordinal), 2).PadLeft(5, '0')));
        var secret = Enumerable.Range(0, bits.Length / 8).Select(i => Convert.ToByte(bits.Substring(8 * i, 8), 2)).ToArray();
        Span<byte> counter = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(counter, (TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() / 30) + later);
#pragma warning disable CA5350 // RFC 6238 names HMAC-SHA-1
        var hash = HMACSHA1.HashData(secret, counter);
#pragma warning restore CA5350
        var at = hash[^1] & 0xf;
        return ((BinaryPrimitives.ReadInt32BigEndian(hash.AsSpan(at)) & 0x7fffffff) % 1_000_000).ToString("D6", CultureInfo.InvariantCulture);
    }
}
