using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Anonymizer.Tables;

namespace Anonymizer.DifferentialPrivacy.Queries.Tallies;

/// <summary>
/// Number and sum of an attribute's clamped values in each group: exact, whatever the order of the rows.
/// </summary>
internal sealed class Moments
{
    private const int Lanes = 4;
    private const int Block = 512;

    private readonly NumberColumn column;
    private readonly long lower;
    private readonly long upper;
    private readonly long[] gathered = new long[Block];
    private readonly int stride;
    private readonly Pair[] pairs;
    private readonly Int128[] sums;
    private readonly long rowsToFlush;
    private long sinceFlush;

    /// <param name="column">The attribute.</param>
    /// <param name="lower">Values below are taken as this, in ticks.</param>
    /// <param name="upper">Values above are taken as this, in ticks.</param>
    /// <param name="groups">Number of groups.</param>
    public Moments(NumberColumn column, long lower, long upper, int groups)
    {
        (this.column, this.lower, this.upper) = (column, lower, upper);
        stride = groups + 1;
        pairs = new Pair[Lanes * stride];
        sums = new Int128[groups];
        rowsToFlush = (1L << 62) / Math.Max(1, Math.Max(Math.Abs(lower), Math.Abs(upper)));
    }

    /// <summary>Values in the group.</summary>
    public long Number(int group)
    {
        var sum = 0L;
        for (var lane = 0; lane < Lanes; lane++)
        {
            sum += pairs[(lane * stride) + group + 1].Number;
        }

        return sum;
    }

    /// <summary>Their sum, in ticks.</summary>
    public Int128 Sum(int group)
    {
        Flush();
        return sums[group];
    }

    public void Add(ReadOnlySpan<int> groups, int start, ReadOnlySpan<int> rows)
    {
        if (sinceFlush + groups.Length > rowsToFlush)
        {
            Flush();
        }

        sinceFlush += groups.Length;
        var ticks = Ticks(column, start, rows, groups.Length, gathered);
        if (column.LiesWithin(lower, upper))
        {
            AddPlain(groups, ticks);
        }
        else
        {
            AddClamped(groups, ticks);
        }
    }

    /// <summary>Sets what was counted elsewhere.</summary>
    public void Put(int group, long number, Int128 sum)
    {
        pairs[group + 1].Number = number;
        sums[group] = sum;
    }

    /// <summary>The ticks of these rows, copied only where they do not follow one another.</summary>
    internal static ReadOnlySpan<long> Ticks(NumberColumn column, int start, ReadOnlySpan<int> rows, int length, long[] gathered)
    {
        if (rows.IsEmpty)
        {
            return column.Ticks.Slice(start, length);
        }

        var all = column.Ticks;
        for (var i = 0; i < length; i++)
        {
            gathered[i] = all[rows[i]];
        }

        return gathered.AsSpan(0, length);
    }

    // Groups run from -1 to their number less 1, by construction, so that no place is checked twice.
    private void AddPlain(ReadOnlySpan<int> groups, ReadOnlySpan<long> ticks)
    {
        ref var first = ref MemoryMarshal.GetArrayDataReference(pairs);
        ref var second = ref Unsafe.Add(ref first, stride);
        ref var third = ref Unsafe.Add(ref first, 2 * stride);
        ref var fourth = ref Unsafe.Add(ref first, 3 * stride);
        ticks = ticks[..groups.Length];
        var i = 0;
        for (; i + Lanes <= groups.Length; i += Lanes)
        {
            Unsafe.Add(ref first, groups[i] + 1).Add(ticks[i]);
            Unsafe.Add(ref second, groups[i + 1] + 1).Add(ticks[i + 1]);
            Unsafe.Add(ref third, groups[i + 2] + 1).Add(ticks[i + 2]);
            Unsafe.Add(ref fourth, groups[i + 3] + 1).Add(ticks[i + 3]);
        }

        for (; i < groups.Length; i++)
        {
            Unsafe.Add(ref first, groups[i] + 1).Add(ticks[i]);
        }
    }

    private void AddClamped(ReadOnlySpan<int> groups, ReadOnlySpan<long> ticks)
    {
        for (var i = 0; i < groups.Length; i++)
        {
            if (ticks[i] != NumberColumn.Null)
            {
                pairs[((i % Lanes) * stride) + groups[i] + 1].Add(Math.Clamp(ticks[i], lower, upper));
            }
        }
    }

    // Brings the 64-bit sums over before they could overflow.
    private void Flush()
    {
        for (var lane = 0; lane < Lanes; lane++)
        {
            for (var group = 0; group < sums.Length; group++)
            {
                ref var pair = ref pairs[(lane * stride) + group + 1];
                sums[group] += pair.Sum;
                pair.Sum = 0;
            }

            pairs[lane * stride].Sum = 0;
        }

        sinceFlush = 0;
    }

    private struct Pair
    {
        public long Number;
        public long Sum;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Add(long value)
        {
            Number++;
            Sum += value;
        }
    }
}
