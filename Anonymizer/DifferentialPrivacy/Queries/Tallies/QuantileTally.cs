using System.Numerics;
using Anonymizer.DifferentialPrivacy.Mechanisms;
using Anonymizer.DifferentialPrivacy.Sampling;
using Anonymizer.Tables;

namespace Anonymizer.DifferentialPrivacy.Queries.Tallies;

/// <summary>A quantile of the clamped values of each group, and its interval, by three exponential mechanisms over a public grid.</summary>
/// <remarks>
/// The value maximises −|(1−q)·#{x &lt; c} − q·#{x &gt; c}| over at most 1,025 candidates c (Smith, STOC 2011, on a grid). The interval's ends are grid
/// cells whose range of ranks is nearest to q·n − r and q·n + r, where r is the rank error that the mechanism keeps with a chance of 97.5 %:
/// so both ends hold together with 95 %, ties and small groups included. Scores move by at most max(q, 1−q) with a row.
/// </remarks>
internal sealed class QuantileTally : Tally
{
    private const double Alpha = 0.025;

    private readonly Measure.Quantile measure;
    private readonly NumberColumn column;
    private readonly ExponentialMechanism choice;
    private readonly long width;
    private readonly int last;
    private readonly (long A, long B) q;
    private readonly long margin;
    private readonly long[] gathered = new long[512];
    private readonly long[] at;
    private readonly long[] above;

    public QuantileTally(int groups, Measure.Quantile measure, NumberColumn column, Plan plan)
    {
        (this.measure, this.column) = (measure, column);
        choice = plan.Choice(Weight(measure));
        (width, last) = (ExactNumbers.Of(measure).Width, ExactNumbers.Of(measure).Last);
        q = ((long)measure.Q.Numerator, (long)measure.Q.Denominator);
        margin = Margin(choice, last + 3);
        at = new long[groups * (last + 1)];
        above = new long[groups * (last + 1)];
    }

    /// <summary>How far one row moves a score.</summary>
    public static Rational Weight(Measure.Quantile measure) => measure.Q + measure.Q > 1 ? measure.Q : 1 - measure.Q;

    /// <summary>Ranks by which the chosen candidate is off at most, with a chance of 97.5 %, and one more.</summary>
    public static long Margin(ExponentialMechanism choice, int candidates) =>
        (long)Math.Min(1e12, Math.Ceiling(Math.Log(candidates / Alpha) / choice.Coefficient.ToDouble()) + 1);

    public override void Add(ReadOnlySpan<int> groups, int start, ReadOnlySpan<int> rows)
    {
        var ticks = Moments.Ticks(column, start, rows, groups.Length, gathered);
        for (var i = 0; i < groups.Length; i++)
        {
            if (groups[i] < 0 || ticks[i] == NumberColumn.Null)
            {
                continue;
            }

            var distance = Math.Clamp(ticks[i], measure.Lower, measure.Upper) - measure.Lower;
            var cell = distance == measure.Upper - measure.Lower ? last : (int)(distance / width);
            var place = (groups[i] * (last + 1)) + cell;
            if (Candidate(cell) == measure.Lower + distance)
            {
                at[place]++;
            }
            else
            {
                above[place]++;
            }
        }
    }

    public override void Put(int group, ReadOnlySpan<Int128> numbers)
    {
        for (var cell = 0; cell <= last; cell++)
        {
            at[(group * (last + 1)) + cell] = (long)numbers[cell];
            above[(group * (last + 1)) + cell] = (long)numbers[last + 1 + cell];
        }
    }

    public override Released Release(int group, IRandomSource source, string label)
    {
        // below[j] = values less than candidate j; below[last + 1] = all of them.
        var below = new long[last + 2];
        var first = group * (last + 1);
        for (var j = 0; j <= last; j++)
        {
            below[j + 1] = below[j] + at[first + j] + above[first + j];
        }

        var n = below[last + 1];
        var scores = new long[last + 1];
        for (var j = 0; j <= last; j++)
        {
            scores[j] = QuantileLaw.Score(q, below[j], n - below[j] - at[first + j]);
        }

        var value = Candidate(choice.Choose(scores, q.B, source.For(label + "/value")));
        var low = ChooseCell(below, -q.B * margin, source.For(label + "/low"));
        var high = ChooseCell(below, q.B * margin, source.For(label + "/high"));
        var lowest = low < 0 ? measure.Lower : Candidate(low);
        var highest = high >= last ? measure.Upper : Candidate(high + 1) - 1;
        return new Released(
            new NumberCell(measure.Type.Value(value), measure.Type.Value(Math.Min(value, lowest)), measure.Type.Value(Math.Max(value, highest))), null);
    }

    private long Candidate(int cell) => cell == last ? measure.Upper : measure.Lower + (cell * width);

    // The cell from -1 to last + 1 whose ranks, counted from q·n, are nearest to the target; the outermost reach to infinity. In units of 1/B ranks.
    private int ChooseCell(long[] below, long target, IRandomSource source)
    {
        var all = below[last + 1];
        var scores = new long[last + 3];
        for (var cell = -1; cell <= last + 1; cell++)
        {
            var from = cell < 0 ? long.MinValue / 2 : (q.B * below[Math.Min(cell, last + 1)]) - (q.A * all);
            var to = cell > last ? long.MaxValue / 2 : (q.B * below[cell + 1]) - (q.A * all);
            scores[cell + 1] = -Math.Max(0, Math.Max(from - target, target - to));
        }

        return choice.Choose(scores, q.B, source) - 1;
    }
}
