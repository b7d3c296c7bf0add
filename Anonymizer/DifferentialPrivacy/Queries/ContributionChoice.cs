using Anonymizer.DifferentialPrivacy.Sampling;
using Anonymizer.Tables;

namespace Anonymizer.DifferentialPrivacy.Queries;

/// <summary>Chooses which of each patient's rows and groups count: all of them, or a random choice where there are more than the bound allows.</summary>
internal sealed class ContributionChoice(Query query, Table table, Grouping grouping)
{
    private readonly ContributionBound bound = query.Bound;
    private readonly Column[] content = [.. query.GroupBy.Concat(query.Measures.SelectMany(AttributesOf)).Distinct(StringComparer.Ordinal).Select(attribute => Columns.Find(table, attribute))];
    private readonly List<int> groups = [];
    private readonly List<int> certainRows = [];
    private readonly List<int> certainGroups = [];
    private readonly List<Exceeding> exceeding = [];
    private ChosenRows? certain;

    /// <summary>Whether some patient exceeds the bound.</summary>
    public bool AnyExceeds => exceeding.Count > 0;

    /// <summary>Takes in one patient with all her rows that pass the filter; each once, before the first <see cref="Choose"/>.</summary>
    public void Add(string unit, ReadOnlySpan<int> rows)
    {
        if (rows.Length > bound.Rows)
        {
            var byContent = rows.ToArray();
            Sort(byContent, row => string.Join('\u001f', content.Select(column => column.Text(row) ?? "\u001e")));
            exceeding.Add(new Exceeding(unit, byContent, null));
            return;
        }

        var start = certainRows.Count;
        Pair(rows, certainRows, certainGroups);
        if (query.GroupBy.Count > 0 && certainGroups.Skip(start).Distinct().Count() > bound.Groups)
        {
            var pairs = new ChosenRows([.. certainRows.Skip(start)], [.. certainGroups.Skip(start)]);
            certainRows.RemoveRange(start, certainRows.Count - start);
            certainGroups.RemoveRange(start, certainGroups.Count - start);
            exceeding.Add(new Exceeding(unit, rows.ToArray(), new Pairs(pairs, ByKey(pairs.Groups))));
        }
    }

    /// <summary>The rows that count in one answer, each with each of its groups.</summary>
    /// <param name="source">Keyed with each patient's identifier, so that another patient changes nothing about the choice.</param>
    public ChosenRows Choose(IRandomSource source)
    {
        certain ??= new ChosenRows([.. certainRows], [.. certainGroups]);
        if (exceeding.Count == 0)
        {
            return certain;
        }

        var (rows, groups) = (new List<int>(certain.Rows), new List<int>(certain.Groups));
        foreach (var patient in exceeding)
        {
            Choose(patient, source.For(patient.Unit), rows, groups);
        }

        return new ChosenRows([.. rows], [.. groups]);
    }

    private void Choose(Exceeding patient, IRandomSource draws, List<int> chosenRows, List<int> chosenGroups)
    {
        var start = chosenRows.Count;
        var distinct = patient.Pairs?.ByKey;
        if (patient.Pairs is { } known)
        {
            chosenRows.AddRange(known.All.Rows);
            chosenGroups.AddRange(known.All.Groups);
        }
        else
        {
            Pair(Some(patient.Rows, bound.Rows, draws.For("rows")), chosenRows, chosenGroups);
            distinct = query.GroupBy.Count == 0 ? [] : ByKey(chosenGroups.Skip(start));
        }

        if (distinct!.Length <= bound.Groups)
        {
            return;
        }

        var kept = Some(distinct, bound.Groups, draws.For("groups")).ToArray().ToHashSet();
        var pairs = chosenRows.Skip(start).Zip(chosenGroups.Skip(start)).Where(pair => kept.Contains(pair.Second)).ToArray();
        chosenRows.RemoveRange(start, chosenRows.Count - start);
        chosenGroups.RemoveRange(start, chosenGroups.Count - start);
        chosenRows.AddRange(pairs.Select(pair => pair.First));
        chosenGroups.AddRange(pairs.Select(pair => pair.Second));
    }

    private void Pair(ReadOnlySpan<int> rows, List<int> pairedRows, List<int> pairedGroups)
    {
        foreach (var row in rows)
        {
            groups.Clear();
            grouping.Each(row, groups);
            foreach (var group in groups)
            {
                pairedRows.Add(row);
                pairedGroups.Add(group);
            }
        }
    }

    private int[] ByKey(IEnumerable<int> slots)
    {
        var distinct = slots.Distinct().ToArray();
        Sort(distinct, slot => string.Join('\u001f', grouping.KeyOf(slot).Select(part => part.Value)));
        return distinct;
    }

    private static void Sort(int[] items, Func<int, string> text) =>
        Array.ConvertAll(items, item => text(item)).AsSpan().Sort(items.AsSpan(), StringComparer.Ordinal);

    // A uniform choice of so many, by an exact partial shuffle. The items are in the order of their text; those of one text are interchangeable.
    private static Span<int> Some(int[] inOrder, int most, IRandomSource draws)
    {
        var items = inOrder.AsSpan().ToArray();
        for (var i = 0; i < most; i++)
        {
            var other = i + (int)Uniform.Below(draws, (ulong)(items.Length - i));
            (items[i], items[other]) = (items[other], items[i]);
        }

        return items.AsSpan(0, most);
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

    // Who exceeds the bound: her rows in the order of their content, or, where only her groups are too many, all pairs and the groups by key.
    private sealed record Exceeding(string Unit, int[] Rows, Pairs? Pairs);

    private sealed record Pairs(ChosenRows All, int[] ByKey);
}

/// <summary>Rows that count, each with a group it counts in; a row in several groups is there several times.</summary>
internal sealed record ChosenRows(int[] Rows, int[] Groups);
