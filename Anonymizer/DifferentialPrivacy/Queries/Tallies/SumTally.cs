using System.Numerics;
using Anonymizer.DifferentialPrivacy.Mechanisms;
using Anonymizer.DifferentialPrivacy.Sampling;
using Anonymizer.Tables;

namespace Anonymizer.DifferentialPrivacy.Queries.Tallies;

/// <summary>The sum of the clamped values of each group, in ticks.</summary>
internal sealed class SumTally(int groups, Measure.Sum measure, NumberColumn column, Noise noise) : Tally
{
    private readonly Moments moments = new(column, measure.Lower, measure.Upper, groups);
    private BigInteger? halfWidth;

    public override void Add(ReadOnlySpan<int> groups, int start, ReadOnlySpan<int> rows) => moments.Add(groups, start, rows);

    public override void Put(int group, ReadOnlySpan<Int128> numbers) => moments.Put(group, 0, numbers[0]);

    public override Released Release(int group, IRandomSource source, string label)
    {
        var noisy = noise.Add((BigInteger)moments.Sum(group), source.For(label + "/sum"));
        var half = halfWidth ??= noise.HalfWidth(0.05);
        return new Released(new NumberCell(measure.Type.Value(noisy), measure.Type.Value(noisy - half), measure.Type.Value(noisy + half)), null);
    }
}
