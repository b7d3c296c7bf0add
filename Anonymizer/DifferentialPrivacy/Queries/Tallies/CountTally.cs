using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Anonymizer.DifferentialPrivacy.Mechanisms;
using Anonymizer.DifferentialPrivacy.Sampling;

namespace Anonymizer.DifferentialPrivacy.Queries.Tallies;

/// <summary>Rows in each group.</summary>
internal sealed class CountTally(int groups, Noise noise) : Tally
{
    private const int Lanes = 4;

    // Consecutive rows go to different lanes, so that one row's addition need not wait for the last one's. Place 0 takes rows of no group.
    private readonly int stride = groups + 1;
    private readonly long[] counts = new long[Lanes * (groups + 1)];
    private BigInteger? halfWidth;

    /// <summary>The exact count.</summary>
    public long Exact(int group)
    {
        var sum = 0L;
        for (var lane = 0; lane < Lanes; lane++)
        {
            sum += counts[(lane * stride) + group + 1];
        }

        return sum;
    }

    public override void Add(ReadOnlySpan<int> groups, int start, ReadOnlySpan<int> rows)
    {
        // Groups run from -1 to their number less 1, by construction, so that no place is checked twice.
        ref var first = ref MemoryMarshal.GetArrayDataReference(counts);
        ref var second = ref Unsafe.Add(ref first, stride);
        ref var third = ref Unsafe.Add(ref first, 2 * stride);
        ref var fourth = ref Unsafe.Add(ref first, 3 * stride);
        var i = 0;
        for (; i + Lanes <= groups.Length; i += Lanes)
        {
            Unsafe.Add(ref first, groups[i] + 1)++;
            Unsafe.Add(ref second, groups[i + 1] + 1)++;
            Unsafe.Add(ref third, groups[i + 2] + 1)++;
            Unsafe.Add(ref fourth, groups[i + 3] + 1)++;
        }

        for (; i < groups.Length; i++)
        {
            Unsafe.Add(ref first, groups[i] + 1)++;
        }
    }

    public override void Put(int group, ReadOnlySpan<Int128> numbers) => counts[group + 1] = (long)numbers[0];

    public override Released Release(int group, IRandomSource source, string label)
    {
        var noisy = noise.Add(Exact(group), source.For(label + "/count"));
        return new Released(Cell(noisy, noise, ref halfWidth), noisy);
    }

    internal static NumberCell Cell(BigInteger noisy, Noise noise, ref BigInteger? halfWidth)
    {
        var half = halfWidth ??= noise.HalfWidth(0.05);
        return new NumberCell(noisy, noisy - half, noisy + half);
    }
}
