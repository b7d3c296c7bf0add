using System.Numerics;
using System.Text.Json;
using Anonymizer.DifferentialPrivacy.Queries.Tallies;
using Anonymizer.DifferentialPrivacy.Sampling;
using Anonymizer.Tables;

namespace Anonymizer.DifferentialPrivacy.Queries;

/// <summary>What a plan counts of some groups, exactly: a tally a measure, and one more where a count is taken that nobody asked for.</summary>
internal sealed record Counted(Tally[] Tallies, CountTally? Extra)
{
    /// <summary>Empty tallies for so many groups of a table.</summary>
    public static Counted Empty(Plan plan, Table table, CategoryColumn units, int groups) => new(
        [.. plan.Query.Measures.Select(measure => TallyOf(plan, table, units, measure, groups))],
        plan.CountsExtra ? new CountTally(groups, plan.CountNoise()) : null);

    private static Tally TallyOf(Plan plan, Table table, CategoryColumn units, Measure measure, int groups) => measure switch
    {
        Measure.Count => new CountTally(groups, plan.CountNoise()),
        Measure.DistinctCount { OfUnits: true } => new DistinctTally(groups, units, plan.UnitNoise()),
        Measure.DistinctCount distinct => new DistinctTally(groups, Columns.Categories(table, distinct.Attribute), plan.CountNoise()),
        Measure.Sum sum => new SumTally(groups, sum, Columns.Numbers(table, sum.Attribute, sum.Type), plan.SumNoise(Plan.LargestSum(sum))),
        Measure.Mean mean => new MeanTally(
            groups, mean, Columns.Numbers(table, mean.Attribute, mean.Type), plan.CountNoise(), plan.SumNoise((BigInteger)mean.Upper - mean.Lower)),
        Measure.Variance variance => new VarianceTally(groups, variance, Columns.Numbers(table, variance.Attribute, variance.Type), plan),
        Measure.Quantile quantile => new QuantileTally(groups, quantile, Columns.Numbers(table, quantile.Attribute, quantile.Type), plan),
        Measure.Histogram histogram => new HistogramTally(groups, histogram, table, plan.CountNoise(), plan.SmallCellFloor),
        _ => throw new InvalidOperationException($"a measure of unknown kind {measure.GetType().Name}"),
    };
}

/// <summary>Noise and release of one group: what it takes is exact, what it gives is noisy, wherever the exact numbers were made.</summary>
internal static class ReleaseGroup
{
    /// <summary>Groups whose tallies are held at once.</summary>
    public const int AtOnce = 2_000;

    /// <summary>Under which a group's draws have their sources.</summary>
    public static string Label(IEnumerable<string> key) => JsonSerializer.Serialize(key);

    /// <param name="group">Its number in <paramref name="counted"/>.</param>
    /// <param name="noisyPatients">From the selection of its key, where that is private.</param>
    /// <param name="source">The source of all draws of the answer.</param>
    public static AnswerGroup Of(Plan plan, Counted counted, int group, KeyValuePair<string, string>[] key, string label, BigInteger? noisyPatients, IRandomSource source)
    {
        var measures = plan.Query.Measures;
        var cells = new KeyValuePair<string, AnswerCell>[measures.Count];
        BigInteger? count = null;
        for (var i = 0; i < cells.Length; i++)
        {
            var released = counted.Tallies[i].Release(group, source, $"{label}/{measures[i].Name}");
            cells[i] = KeyValuePair.Create(measures[i].Name, released.Cell);
            count ??= released.NoisyCount;
        }

        count = noisyPatients ?? counted.Extra?.Release(group, source, label + "/floor").NoisyCount ?? count;
        var suppressed = plan.SmallCellFloor > 0 && count < plan.SmallCellFloor;
        return new AnswerGroup(key, suppressed ? [] : cells, suppressed);
    }
}
