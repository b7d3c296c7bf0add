using System.Numerics;
using System.Text.Json;
using Anonymizer.DifferentialPrivacy.Queries.Tallies;
using Anonymizer.DifferentialPrivacy.Sampling;
using Anonymizer.Tables;

namespace Anonymizer.DifferentialPrivacy.Queries;

/// <summary>Answers a question on a table: choose each patient's rows, count exactly, select keys, add noise.</summary>
/// <remarks>
/// Claim: adding or removing all rows of one patient changes the law of the answer by no more than <see cref="Plan.Charge"/>, for whatever data;
/// data can neither raise an error nor change the shape of the answer beyond private keys. The same source gives the same answer on every machine.
/// Limit: the time taken depends on the data; a host answers at fixed times.
/// </remarks>
public static class Answering
{
    private const int GroupsAtOnce = 2_000;

    /// <summary>Answers.</summary>
    /// <param name="query">The question.</param>
    /// <param name="schema">The schema that it was read with, and the table built with.</param>
    /// <param name="table">The data.</param>
    /// <param name="inCohort">One flag a row: whether it may be used. Empty for all rows.</param>
    /// <param name="source">The randomness of this one answer; it must never serve another question.</param>
    /// <param name="smallCellFloor">Groups and bins whose noisy count is below this are not shown; 0 for none.</param>
    /// <exception cref="ArgumentException">Table, cohort and schema do not fit one another.</exception>
    public static Answer Run(Query query, Schema schema, Table table, ReadOnlySpan<bool> inCohort, IRandomSource source, int smallCellFloor = 0)
    {
        if (!ReferenceEquals(query.Schema, schema))
        {
            throw new ArgumentException("the question was read with another schema", nameof(schema));
        }

        var plan = Plan.Of(query, smallCellFloor);
        var contributions = new Contributions(query, table, inCohort, source.For("contributions"));
        var answers = source.For("answers");
        var shown = query.HasPrivateKeys ? SelectKeys(plan, contributions, answers) : AllKeys(contributions.Grouping);
        var groups = new List<AnswerGroup>(shown.Count);
        for (var first = 0; first < Math.Max(1, shown.Count); first += GroupsAtOnce)
        {
            var some = shown.Skip(first).Take(GroupsAtOnce).ToArray();
            groups.AddRange(Release(plan, table, contributions, some, answers));
        }

        return new Answer(groups, plan.Charge, query.Loss.Epsilon);
    }

    private static List<Shown> AllKeys(Grouping grouping) =>
        [.. Enumerable.Range(0, grouping.Slots).Select(slot => new Shown(slot, grouping.KeyOf(slot), null))];

    // The keys that occur, each shown if its noisy number of patients passes; in the order of the keys, which says nothing about the data's.
    private static List<Shown> SelectKeys(Plan plan, Contributions contributions, IRandomSource source)
    {
        var selection = plan.KeySelection();
        var slots = contributions.Grouping.Slots;
        Tally tally;
        Func<int, long> exact;
        if (contributions.OneRowPerUnit && !contributions.Grouping.ManyKeys)
        {
            var rows = new CountTally(slots, plan.UnitNoise());
            (tally, exact) = (rows, rows.Exact);
        }
        else
        {
            var units = new DistinctTally(slots, contributions.Units, plan.UnitNoise());
            (tally, exact) = (units, units.Exact);
        }

        contributions.Show([tally], null);
        var shown = new List<Shown>();
        for (var slot = 0; slot < slots; slot++)
        {
            if (exact(slot) is var patients and > 0)
            {
                var key = contributions.Grouping.KeyOf(slot);
                if (selection.Keeps(patients, source.For(Label(key) + "/key"), out var noisy))
                {
                    shown.Add(new Shown(slot, key, noisy));
                }
            }
        }

        shown.Sort((a, b) => string.CompareOrdinal(Label(a.Key), Label(b.Key)));
        return shown;
    }

    private static IEnumerable<AnswerGroup> Release(Plan plan, Table table, Contributions contributions, Shown[] shown, IRandomSource source)
    {
        var measures = plan.Query.Measures;
        var tallies = measures.Select(measure => TallyOf(measure, shown.Length, plan, table, contributions)).ToList();
        var extra = plan.CountsExtra ? new CountTally(shown.Length, plan.CountNoise()) : null;
        var place = new int[contributions.Grouping.Slots];
        Array.Fill(place, RowFilter.None);
        for (var group = 0; group < shown.Length; group++)
        {
            place[shown[group].Slot] = group;
        }

        var everySlotInPlace = place.Length == shown.Length && place.Select((group, slot) => group == slot).All(same => same);
        contributions.Show(extra is null ? tallies : [.. tallies, extra], everySlotInPlace ? null : place);
        for (var group = 0; group < shown.Length; group++)
        {
            var label = Label(shown[group].Key);
            var released = tallies.Select((tally, i) => tally.Release(group, source, $"{label}/{measures[i].Name}")).ToArray();
            var count = shown[group].NoisyCount ?? extra?.Release(group, source, label + "/floor").NoisyCount ?? released.Select(cell => cell.NoisyCount).FirstOrDefault(noisy => noisy is not null);
            var suppressed = plan.SmallCellFloor > 0 && count < plan.SmallCellFloor;
            yield return new AnswerGroup(
                shown[group].Key,
                suppressed ? [] : [.. released.Select((cell, i) => KeyValuePair.Create(measures[i].Name, cell.Cell))],
                suppressed);
        }
    }

    private static Tally TallyOf(Measure measure, int groups, Plan plan, Table table, Contributions contributions) => measure switch
    {
        Measure.Count => new CountTally(groups, plan.CountNoise()),
        Measure.DistinctCount { OfUnits: true } => new DistinctTally(groups, contributions.Units, plan.UnitNoise()),
        Measure.DistinctCount distinct => new DistinctTally(groups, Columns.Categories(table, distinct.Attribute), plan.CountNoise()),
        Measure.Sum sum => new SumTally(groups, sum, Columns.Numbers(table, sum.Attribute, sum.Type), plan.SumNoise(Plan.LargestSum(sum))),
        Measure.Mean mean => new MeanTally(
            groups, mean, Columns.Numbers(table, mean.Attribute, mean.Type), plan.CountNoise(), plan.SumNoise((BigInteger)mean.Upper - mean.Lower)),
        Measure.Variance variance => new VarianceTally(groups, variance, Columns.Numbers(table, variance.Attribute, variance.Type), plan),
        Measure.Quantile quantile => new QuantileTally(groups, quantile, Columns.Numbers(table, quantile.Attribute, quantile.Type), plan),
        Measure.Histogram histogram => new HistogramTally(groups, histogram, table, plan.CountNoise(), plan.SmallCellFloor),
        _ => throw new InvalidOperationException($"a measure of unknown kind {measure.GetType().Name}"),
    };

    private static string Label(KeyValuePair<string, string>[] key) => JsonSerializer.Serialize(key.Select(part => part.Value));

    private sealed record Shown(int Slot, KeyValuePair<string, string>[] Key, BigInteger? NoisyCount);
}
