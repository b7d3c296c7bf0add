using System.Numerics;
using Anonymizer.DifferentialPrivacy.Mechanisms;
using Anonymizer.DifferentialPrivacy.Sampling;
using Anonymizer.Tables;

namespace Anonymizer.DifferentialPrivacy.Queries.Tallies;

/// <summary>Different patients, or different values of a category, in each group.</summary>
internal sealed class DistinctTally(int groups, CategoryColumn column, Noise noise) : Tally
{
    private readonly HashSet<long> seen = [];
    private readonly long[] counts = new long[groups];
    private BigInteger? halfWidth;

    /// <summary>The exact number.</summary>
    public long Exact(int group) => counts[group];

    public override void Add(ReadOnlySpan<int> groups, int start, ReadOnlySpan<int> rows)
    {
        var codes = column.Codes;
        for (var i = 0; i < groups.Length; i++)
        {
            var code = codes[rows.IsEmpty ? start + i : rows[i]];
            if (groups[i] >= 0 && code >= 0 && seen.Add(((long)groups[i] * column.Values.Count) + code))
            {
                counts[groups[i]]++;
            }
        }
    }

    public override void Put(int group, ReadOnlySpan<Int128> numbers) => counts[group] = (long)numbers[0];

    public override Released Release(int group, IRandomSource source, string label) =>
        new(CountTally.Cell(noise.Add(counts[group], source.For(label + "/distinct")), noise, ref halfWidth), null);
}
