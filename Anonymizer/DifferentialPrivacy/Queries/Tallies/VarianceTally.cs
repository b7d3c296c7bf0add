using System.Numerics;
using Anonymizer.DifferentialPrivacy.Mechanisms;
using Anonymizer.DifferentialPrivacy.Sampling;
using Anonymizer.Tables;

namespace Anonymizer.DifferentialPrivacy.Queries.Tallies;

/// <summary>The variance, over n, of the clamped values of each group: a noisy number, sum and sum of squares about the middle of the bounds.</summary>
/// <remarks>Where the bounds are more than 2^16 ticks apart, values are first brought to a declared grid of so many steps, so that squares stay small;
/// the interval then covers the variance on that grid. It is that of all three numbers being within their 98.3 % intervals.</remarks>
internal sealed class VarianceTally : Tally
{
    private const double Alpha = 0.05 / 3;

    private readonly Measure.Variance measure;
    private readonly NumberColumn column;
    private readonly (Noise Count, Noise Sum, Noise Squares) noise;
    private readonly long coarse;
    private readonly long[] gathered = new long[512];
    private readonly long[] numbers;
    private readonly long[] sums;
    private readonly Int128[] squares;
    private (BigInteger Count, BigInteger Sum, BigInteger Squares)? halfWidths;

    public VarianceTally(int groups, Measure.Variance measure, NumberColumn column, Plan plan)
    {
        (this.measure, this.column) = (measure, column);
        coarse = ExactNumbers.Of(measure).Divisor;
        var largest = Largest(measure);
        noise = (plan.CountNoise(), plan.SumNoise(largest), plan.SumNoise((BigInteger)largest * largest));
        (numbers, sums, squares) = (new long[groups], new long[groups], new Int128[groups]);
    }

    /// <summary>The largest distance from the middle, in half steps of the coarse grid.</summary>
    public static long Largest(Measure.Variance measure) => ((measure.Upper - measure.Lower) / ExactNumbers.Of(measure).Divisor) + 1;

    public override void Add(ReadOnlySpan<int> groups, int start, ReadOnlySpan<int> rows)
    {
        var ticks = Moments.Ticks(column, start, rows, groups.Length, gathered);
        for (var i = 0; i < groups.Length; i++)
        {
            if (groups[i] < 0 || ticks[i] == NumberColumn.Null)
            {
                continue;
            }

            var distance = ((2 * Math.Clamp(ticks[i], measure.Lower, measure.Upper)) - measure.Lower - measure.Upper) / coarse;
            numbers[groups[i]]++;
            sums[groups[i]] += distance;
            squares[groups[i]] += distance * distance;
        }
    }

    public override void Put(int group, ReadOnlySpan<Int128> numbers) =>
        (this.numbers[group], sums[group], squares[group]) = ((long)numbers[0], (long)numbers[1], numbers[2]);

    public override Released Release(int group, IRandomSource source, string label)
    {
        var count = noise.Count.Add(numbers[group], source.For(label + "/count"));
        var sum = noise.Sum.Add(sums[group], source.For(label + "/sum"));
        var square = noise.Squares.Add((BigInteger)squares[group], source.For(label + "/squares"));
        halfWidths ??= (noise.Count.HalfWidth(Alpha), noise.Sum.HalfWidth(Alpha), noise.Squares.HalfWidth(Alpha));
        var means = Ratio.Interval(sum, halfWidths.Value.Sum, count, halfWidths.Value.Count);
        var meanSquares = Ratio.Interval(square, halfWidths.Value.Squares, count, halfWidths.Value.Count);
        var most = new Rational(Largest(measure), 1) * Largest(measure);
        var (low, high) = means is { } mean && meanSquares is { } meanSquare
            ? (meanSquare.Low - Larger(mean.Low * mean.Low, mean.High * mean.High), meanSquare.High - SmallestSquare(mean.Low, mean.High))
            : (0, most);
        var n = BigInteger.Max(1, count);
        var value = new Rational(square, n) - (new Rational(sum, n) * new Rational(sum, n));
        var step = measure.Type.Step * measure.Type.Step;
        return new Released(
            new NumberCell(
                Rounding.Nearest(Value(value, most), step),
                Rounding.Down(Value(low, most), step),
                Rounding.Up(Value(high, most), step)),
            count);
    }

    private static Rational Larger(Rational a, Rational b) => a > b ? a : b;

    private static Rational SmallestSquare(Rational low, Rational high) =>
        low.Sign <= 0 && high.Sign >= 0 ? 0 : low.Sign > 0 ? low * low : high * high;

    // From squared half steps of the coarse grid to the attribute's scale.
    private Rational Value(Rational squares, Rational most)
    {
        var within = squares.Sign < 0 ? 0 : squares > most ? most : squares;
        var half = measure.Type.Step * coarse / 2;
        return within * half * half;
    }
}
