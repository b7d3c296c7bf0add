using System.Numerics;
using Anonymizer.DifferentialPrivacy.Mechanisms;
using Anonymizer.DifferentialPrivacy.Sampling;
using Anonymizer.Tables;

namespace Anonymizer.DifferentialPrivacy.Queries.Tallies;

/// <summary>The mean of the clamped values of each group: a noisy number of values, and a noisy sum of their distances from the middle of the bounds.</summary>
/// <remarks>Distances are taken in half ticks, 2x − (lower + upper), so that the middle is on the grid; a row moves their sum by upper − lower at most,
/// half of what it moves a plain sum. The interval is that of both numbers being within their 97.5 % intervals (Bonferroni), cut to the bounds.</remarks>
internal sealed class MeanTally(int groups, Measure.Mean measure, NumberColumn column, Noise countNoise, Noise sumNoise) : Tally
{
    private readonly Moments moments = new(column, measure.Lower, measure.Upper, groups);
    private (BigInteger Count, BigInteger Sum)? halfWidths;

    public override void Add(ReadOnlySpan<int> groups, int start, ReadOnlySpan<int> rows) => moments.Add(groups, start, rows);

    public override void Put(int group, ReadOnlySpan<Int128> numbers) => moments.Put(group, (long)numbers[0], numbers[1]);

    public override Released Release(int group, IRandomSource source, string label)
    {
        var exactCount = moments.Number(group);
        var exactSum = (2 * (BigInteger)moments.Sum(group)) - (exactCount * ((BigInteger)measure.Lower + measure.Upper));
        var count = countNoise.Add(exactCount, source.For(label + "/count"));
        var sum = sumNoise.Add(exactSum, source.For(label + "/sum"));
        halfWidths ??= (countNoise.HalfWidth(0.025), sumNoise.HalfWidth(0.025));
        var ends = Ratio.Interval(sum, halfWidths.Value.Sum, count, halfWidths.Value.Count);
        BigInteger width = (BigInteger)measure.Upper - measure.Lower;
        var (low, high) = ends is { } some ? some : (-width, width);
        return new Released(
            new NumberCell(
                Rounding.Nearest(Value(new Rational(sum, BigInteger.Max(1, count))), measure.Type.Step),
                Rounding.Down(Value(low), measure.Type.Step),
                Rounding.Up(Value(high), measure.Type.Step)),
            count);
    }

    // From half ticks about the middle to the attribute's own scale, within the bounds.
    private Rational Value(Rational halfTicks)
    {
        var ticks = (halfTicks + measure.Lower + measure.Upper) / 2;
        ticks = ticks < measure.Lower ? measure.Lower : ticks > measure.Upper ? measure.Upper : ticks;
        return ticks * measure.Type.Step;
    }
}
