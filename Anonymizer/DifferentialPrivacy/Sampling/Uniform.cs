using System.Buffers.Binary;

namespace Anonymizer.DifferentialPrivacy.Sampling;

/// <summary>Exactly uniform integers and exact coins from random bytes: no division into floats, no modulo bias.</summary>
public static class Uniform
{
    /// <summary>64 uniform bits.</summary>
    public static ulong Bits(IRandomSource source)
    {
        if (source is PrfRandomSource stream)
        {
            return stream.Next();
        }

        Span<byte> bytes = stackalloc byte[8];
        source.Fill(bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }

    /// <summary>Uniform on 0 … <paramref name="limit"/> − 1 (Lemire, TOMACS 2019).</summary>
    /// <param name="source">Random bytes.</param>
    /// <param name="limit">At least 1.</param>
    public static ulong Below(IRandomSource source, ulong limit)
    {
        var high = Math.BigMul(Bits(source), limit, out var low);
        if (low < limit)
        {
            var reject = (0 - limit) % limit;
            while (low < reject)
            {
                high = Math.BigMul(Bits(source), limit, out low);
            }
        }

        return high;
    }

    /// <summary>Uniform on 0 … <paramref name="limit"/> − 1.</summary>
    /// <param name="source">Random bytes.</param>
    /// <param name="limit">At least 1.</param>
    public static UInt128 Below(IRandomSource source, UInt128 limit)
    {
        if (limit <= ulong.MaxValue)
        {
            return Below(source, (ulong)limit);
        }

        var mask = UInt128.MaxValue >> (int)UInt128.LeadingZeroCount(limit - 1);
        while (true)
        {
            var value = new UInt128(Bits(source), Bits(source)) & mask;
            if (value < limit)
            {
                return value;
            }
        }
    }
}
