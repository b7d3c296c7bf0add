using Anonymizer.DifferentialPrivacy.Sampling;
using Anonymizer.Tables;

namespace Anonymizer.DifferentialPrivacy.Queries;

/// <summary>Chooses, for one patient at a time, which of her rows and groups count, where there are more than the bound allows.</summary>
internal sealed class ContributionChoice(Query query, Table table, Grouping grouping, IRandomSource source)
{
    private readonly ContributionBound bound = query.Bound;
    private readonly Column[] content = [.. query.GroupBy.Concat(query.Measures.SelectMany(AttributesOf)).Distinct(StringComparer.Ordinal).Select(attribute => Columns.Find(table, attribute))];
    private readonly List<int> groups = [];

    /// <summary>Adds the patient's rows, each with each of its groups.</summary>
    public void Choose(string unit, Span<int> rows, List<int> chosenRows, List<int> chosenGroups)
    {
        IRandomSource? draws = null;
        if (rows.Length > bound.Rows)
        {
            draws = source.For(unit);
            rows = Some(rows, row => string.Join('\u001f', content.Select(column => column.Text(row) ?? "\u001e")), bound.Rows, draws.For("rows"));
        }

        var start = chosenRows.Count;
        foreach (var row in rows)
        {
            groups.Clear();
            grouping.Each(row, groups);
            foreach (var group in groups)
            {
                chosenRows.Add(row);
                chosenGroups.Add(group);
            }
        }

        var distinct = chosenGroups.Skip(start).Distinct().ToArray();
        if (query.GroupBy.Count == 0 || distinct.Length <= bound.Groups)
        {
            return;
        }

        var kept = Some(distinct, KeyText, bound.Groups, (draws ?? source.For(unit)).For("groups")).ToArray().ToHashSet();
        var pairs = chosenRows.Skip(start).Zip(chosenGroups.Skip(start)).Where(pair => kept.Contains(pair.Second)).ToArray();
        chosenRows.RemoveRange(start, chosenRows.Count - start);
        chosenGroups.RemoveRange(start, chosenGroups.Count - start);
        chosenRows.AddRange(pairs.Select(pair => pair.First));
        chosenGroups.AddRange(pairs.Select(pair => pair.Second));
    }

    private string KeyText(int slot) => string.Join('\u001f', grouping.KeyOf(slot).Select(part => part.Value));

    // A uniform choice of so many: in the order of their text, by an exact partial shuffle. Items of one text are interchangeable.
    private static Span<int> Some(Span<int> items, Func<int, string> text, int most, IRandomSource draws)
    {
        var texts = Array.ConvertAll(items.ToArray(), item => text(item));
        texts.AsSpan().Sort(items, StringComparer.Ordinal);
        for (var i = 0; i < most; i++)
        {
            var other = i + (int)Uniform.Below(draws, (ulong)(items.Length - i));
            (items[i], items[other]) = (items[other], items[i]);
        }

        return items[..most];
    }

    private static IEnumerable<string> AttributesOf(Measure measure) => measure switch
    {
        Measure.DistinctCount { OfUnits: false } distinct => [distinct.Attribute],
        Measure.Sum sum => [sum.Attribute],
        Measure.Mean mean => [mean.Attribute],
        Measure.Variance variance => [variance.Attribute],
        Measure.Quantile quantile => [quantile.Attribute],
        Measure.Histogram histogram => [histogram.Attribute],
        _ => [],
    };
}
