using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
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
    private byte[] buffer = [];
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
            if (used < BlockBytes)
            {
                var ready = Math.Min(bytes.Length, BlockBytes - used);
                buffer.AsSpan(used, ready).CopyTo(bytes);
                used += ready;
                bytes = bytes[ready..];
            }

            if (bytes.IsEmpty)
            {
                return;
            }

            Refill();
        }
    }

    public IRandomSource For(string label) => new PrfRandomSource(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(label)));

    /// <summary>The next 64 bits, as <see cref="Fill"/> would give them.</summary>
    internal ulong Next()
    {
        if (used > BlockBytes - 8)
        {
            Span<byte> bytes = stackalloc byte[8];
            Fill(bytes);
            return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        }

        used += 8;
        return BinaryPrimitives.ReadUInt64LittleEndian(buffer.AsSpan(used - 8, 8));
    }

    // Eight blocks at once, one a lane.
    private void Refill()
    {
        // Most sources only give others their keys, and never draw.
        buffer = buffer.Length == 0 ? new byte[BlockBytes] : buffer;
        Span<Vector256<uint>> first = stackalloc Vector256<uint>[16];
        for (var word = 0; word < 4; word++)
        {
            first[word] = Vector256.Create(BinaryPrimitives.ReadUInt32LittleEndian("expand 32-byte k"u8[(4 * word)..]));
        }

        for (var word = 0; word < 8; word++)
        {
            first[4 + word] = Vector256.Create(BinaryPrimitives.ReadUInt32LittleEndian(key.AsSpan(4 * word)));
        }

        first[12] = Vector256.Create(counter) + Vector256.Create(0u, 1, 2, 3, 4, 5, 6, 7);
        first[13] = first[14] = first[15] = Vector256<uint>.Zero;
        var (a0, a1, a2, a3) = (first[0], first[1], first[2], first[3]);
        var (b0, b1, b2, b3) = (first[4], first[5], first[6], first[7]);
        var (c0, c1, c2, c3) = (first[8], first[9], first[10], first[11]);
        var (d0, d1, d2, d3) = (first[12], first[13], first[14], first[15]);
        for (var round = 0; round < 10; round++)
        {
            Quarter(ref a0, ref b0, ref c0, ref d0);
            Quarter(ref a1, ref b1, ref c1, ref d1);
            Quarter(ref a2, ref b2, ref c2, ref d2);
            Quarter(ref a3, ref b3, ref c3, ref d3);
            Quarter(ref a0, ref b1, ref c2, ref d3);
            Quarter(ref a1, ref b2, ref c3, ref d0);
            Quarter(ref a2, ref b3, ref c0, ref d1);
            Quarter(ref a3, ref b0, ref c1, ref d2);
        }

        Span<Vector256<uint>> last = [a0, a1, a2, a3, b0, b1, b2, b3, c0, c1, c2, c3, d0, d1, d2, d3];
        for (var word = 0; word < 16; word++)
        {
            last[word] += first[word];
        }

        var lanes = MemoryMarshal.Cast<Vector256<uint>, uint>(last);
        for (var lane = 0; lane < Lanes; lane++)
        {
            for (var word = 0; word < 16; word++)
            {
                BinaryPrimitives.WriteUInt32LittleEndian(buffer.AsSpan((64 * lane) + (4 * word)), lanes[(8 * word) + lane]);
            }
        }

        counter = checked(counter + Lanes);
        used = 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Quarter(ref Vector256<uint> a, ref Vector256<uint> b, ref Vector256<uint> c, ref Vector256<uint> d)
    {
        a += b;
        d = Rotate(d ^ a, 16);
        c += d;
        b = Rotate(b ^ c, 12);
        a += b;
        d = Rotate(d ^ a, 8);
        c += d;
        b = Rotate(b ^ c, 7);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> Rotate(Vector256<uint> value, int bits) => (value << bits) | (value >>> (32 - bits));
}
