using System.Globalization;
using Anonymizer.DifferentialPrivacy.Sampling;
using Anonymizer.Tables;

namespace Anonymizer.DifferentialPrivacy.Queries;

/// <summary>Chooses which of each patient's rows and groups count: all of them, or a random choice where there are more than the bound allows.</summary>
internal sealed class ContributionChoice(Query query, Table table, Grouping grouping)
{
    private readonly ContributionBound bound = query.Bound;
    private readonly Column[] content = [.. ContributionNames.Content(query).Select(attribute => Columns.Find(table, attribute))];
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
            exceeding.Add(new Exceeding(unit, [.. Named(unit, rows)], null));
            return;
        }

        var start = certainRows.Count;
        Pair(rows, certainRows, certainGroups);
        if (query.GroupBy.Count > 0 && certainGroups.Skip(start).Distinct().Count() > bound.Groups)
        {
            var pairs = new ChosenRows([.. certainRows.Skip(start)], [.. certainGroups.Skip(start)]);
            certainRows.RemoveRange(start, certainRows.Count - start);
            certainGroups.RemoveRange(start, certainGroups.Count - start);
            exceeding.Add(new Exceeding(unit, [], pairs));
        }
    }

    /// <summary>The rows that count in one answer, each with each of its groups.</summary>
    /// <param name="source">Makes one order (<see cref="PrfOrder"/>) of names that hold the patient's identifier, so that another patient changes nothing
    /// about the choice, and a database can make it.</param>
    public ChosenRows Choose(IRandomSource source)
    {
        certain ??= new ChosenRows([.. certainRows], [.. certainGroups]);
        if (exceeding.Count == 0)
        {
            return certain;
        }

        var (rows, groups) = (new List<int>(certain.Rows), new List<int>(certain.Groups));
        var order = PrfOrder.From(source);
        foreach (var patient in exceeding)
        {
            Choose(patient, order, rows, groups);
        }

        return new ChosenRows([.. rows], [.. groups]);
    }

    private void Choose(Exceeding patient, PrfOrder order, List<int> chosenRows, List<int> chosenGroups)
    {
        var start = chosenRows.Count;
        if (patient.Pairs is { } known)
        {
            chosenRows.AddRange(known.Rows);
            chosenGroups.AddRange(known.Groups);
        }
        else
        {
            Pair([.. order.First(patient.Rows, bound.Rows, row => row.Name).Select(row => row.Row)], chosenRows, chosenGroups);
        }

        var distinct = query.GroupBy.Count == 0 ? [] : chosenGroups.Skip(start).Distinct().ToArray();
        if (distinct.Length <= bound.Groups)
        {
            return;
        }

        var kept = order.First(distinct, bound.Groups, slot => PrfOrder.Name(ContributionNames.Group, [patient.Unit, .. grouping.KeyOf(slot).Select(part => part.Value)])).ToHashSet();
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

    // Rows of one content are interchangeable; a number tells them apart, so that the order of the file plays no part.
    private IEnumerable<NamedRow> Named(string unit, ReadOnlySpan<int> rows)
    {
        var twins = new Dictionary<string, int>(StringComparer.Ordinal);
        return [.. rows.ToArray().Select(row =>
        {
            var cells = content.Select(column => ContributionNames.Cell(column, row)).ToList();
            var same = PrfOrder.Name("", cells);
            var twin = twins[same] = twins.GetValueOrDefault(same) + 1;
            return new NamedRow(row, PrfOrder.Name(ContributionNames.Row, [unit, .. cells, twin.ToString(CultureInfo.InvariantCulture)]));
        })];
    }

    // Who exceeds the bound: her rows with their names, or, where only her groups are too many, all pairs.
    private sealed record Exceeding(string Unit, NamedRow[] Rows, ChosenRows? Pairs);

    private readonly record struct NamedRow(int Row, string Name);
}

/// <summary>Rows that count, each with a group it counts in; a row in several groups is there several times.</summary>
internal sealed record ChosenRows(int[] Rows, int[] Groups);
