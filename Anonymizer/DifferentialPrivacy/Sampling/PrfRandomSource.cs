using System.Runtime.Intrinsics;
using System.Security.Cryptography;
using System.Text;

namespace Anonymizer.DifferentialPrivacy.Sampling;

/// <summary>
/// Bytes that follow from a key alone, the same on every machine: an auditor who is given the key replays the noise.
/// A label's key is HMAC-SHA256(key, label); its bytes are the ChaCha20 key stream (RFC 8439, nonce 0, counter from 0).
/// </summary>
/// <remarks>Claim: indistinguishable from uniform while the key is secret, HMAC being a PRF and ChaCha20 a stream cipher.
/// Limits: 256 GB a label; one thread at a time. Whoever holds the key can take the noise off the answers.</remarks>
public sealed class PrfRandomSource : IRandomSource
{
    /// <summary>Length of a key in bytes.</summary>
    public const int KeyLength = 32;

    private const int Lanes = 8;
    private const int BlockBytes = 64 * Lanes;

    private readonly byte[] key;
    private readonly byte[] buffer = new byte[BlockBytes];
    private int used = BlockBytes;
    private uint counter;

    /// <param name="key">32 bytes from a cryptographic source.</param>
    /// <exception cref="ArgumentException">The key has another length.</exception>
    public PrfRandomSource(ReadOnlySpan<byte> key)
    {
        if (key.Length != KeyLength)
        {
            throw new ArgumentException($"the key has {key.Length} bytes where {KeyLength} are needed", nameof(key));
        }

        this.key = key.ToArray();
    }

    public void Fill(Span<byte> bytes)
    {
        while (true)
        {
            var ready = Math.Min(bytes.Length, BlockBytes - used);
            buffer.AsSpan(used, ready).CopyTo(bytes);
            used += ready;
            if (ready == bytes.Length)
            {
                return;
            }

            bytes = bytes[ready..];
            Refill();
        }
    }

    public IRandomSource For(string label) => new PrfRandomSource(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(label)));

    private void Refill()
    {
        Span<uint> start = stackalloc uint[16];
        "expand 32-byte k"u8.CopyTo(System.Runtime.InteropServices.MemoryMarshal.AsBytes(start));
        for (var word = 0; word < 8; word++)
        {
            start[4 + word] = System.Buffers.Binary.BinaryPrimitives.ReadUInt32LittleEndian(key.AsSpan(4 * word));
        }

        if (!BitConverter.IsLittleEndian)
        {
            throw new PlatformNotSupportedException("the key stream is written for little-endian machines");
        }

        Span<Vector256<uint>> state = stackalloc Vector256<uint>[16];
        Span<Vector256<uint>> first = stackalloc Vector256<uint>[16];
        for (var word = 0; word < 16; word++)
        {
            first[word] = Vector256.Create(start[word]);
        }

        first[12] = Vector256.Create(counter, counter + 1, counter + 2, counter + 3, counter + 4, counter + 5, counter + 6, counter + 7);
        first.CopyTo(state);
        for (var round = 0; round < 10; round++)
        {
            Quarter(state, 0, 4, 8, 12);
            Quarter(state, 1, 5, 9, 13);
            Quarter(state, 2, 6, 10, 14);
            Quarter(state, 3, 7, 11, 15);
            Quarter(state, 0, 5, 10, 15);
            Quarter(state, 1, 6, 11, 12);
            Quarter(state, 2, 7, 8, 13);
            Quarter(state, 3, 4, 9, 14);
        }

        var words = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, uint>(buffer.AsSpan());
        for (var word = 0; word < 16; word++)
        {
            var lanes = state[word] + first[word];
            for (var lane = 0; lane < Lanes; lane++)
            {
                words[(16 * lane) + word] = lanes.GetElement(lane);
            }
        }

        counter = checked(counter + Lanes);
        used = 0;
    }

    private static void Quarter(Span<Vector256<uint>> s, int a, int b, int c, int d)
    {
        s[a] += s[b];
        s[d] = Rotate(s[d] ^ s[a], 16);
        s[c] += s[d];
        s[b] = Rotate(s[b] ^ s[c], 12);
        s[a] += s[b];
        s[d] = Rotate(s[d] ^ s[a], 8);
        s[c] += s[d];
        s[b] = Rotate(s[b] ^ s[c], 7);
    }

    private static Vector256<uint> Rotate(Vector256<uint> value, int bits) => (value << bits) | (value >>> (32 - bits));
}
