using Anonymizer.Tables;

namespace Anonymizer.DifferentialPrivacy.Queries;

/// <summary>Takes rows out of their groups: those outside the cohort, of no patient, or not satisfying every condition.</summary>
internal sealed class RowFilter
{
    /// <summary>The group of a row that takes no part.</summary>
    public const int None = -1;

    private readonly List<Action<int, Memory<int>>> steps = [];

    public RowFilter(Query query, Table table, CategoryColumn units)
    {
        if (units.HasNulls)
        {
            steps.Add((start, groups) => DropNulls(units.Codes.Slice(start, groups.Length), groups.Span));
        }

        foreach (var condition in query.Where)
        {
            steps.Add(StepOf(condition, Columns.Find(table, condition.Attribute), negated: false));
        }
    }

    /// <summary>Sets to <see cref="None"/> the groups of those rows, from row <paramref name="start"/> on, that take no part.</summary>
    public void Apply(int start, Memory<int> groups)
    {
        foreach (var step in steps)
        {
            step(start, groups);
        }
    }

    private static Action<int, Memory<int>> StepOf(Condition condition, Column column, bool negated)
    {
        switch (condition, column)
        {
            case (Condition.Not not, _):
                return StepOf(not.Of, column, !negated);
            case (Condition.Within within, NumberColumn numbers):
                return (start, groups) => Keep(numbers.Ticks.Slice(start, groups.Length), within.AtLeast, within.Below, negated, groups.Span);
            case (Condition.AnyOf any, CategoryColumn category):
                var wanted = any.Values.ToHashSet(StringComparer.Ordinal);
                var kept = category.Values.Select(value => wanted.Contains(value) != negated).ToArray();
                return (start, groups) => Keep(category.Codes.Slice(start, groups.Length), kept, groups.Span);
            case (Condition.AnyOf any, CodesColumn codes):
                var matching = codes.Values.Select(code => any.Values.Any(prefix => code.StartsWith(prefix, StringComparison.Ordinal))).ToArray();
                return (start, groups) => Keep(codes, start, matching, negated, groups.Span);
            default:
                throw new ArgumentException($"column '{column.Name}' is not of the type that the schema declares");
        }
    }

    private static void DropNulls(ReadOnlySpan<int> units, Span<int> groups)
    {
        for (var i = 0; i < groups.Length; i++)
        {
            groups[i] = units[i] < 0 ? None : groups[i];
        }
    }

    private static void Keep(ReadOnlySpan<long> ticks, long atLeast, long below, bool negated, Span<int> groups)
    {
        for (var i = 0; i < groups.Length; i++)
        {
            var tick = ticks[i];
            groups[i] = tick != NumberColumn.Null && (tick >= atLeast && tick < below) != negated ? groups[i] : None;
        }
    }

    private static void Keep(ReadOnlySpan<int> codes, bool[] kept, Span<int> groups)
    {
        for (var i = 0; i < groups.Length; i++)
        {
            groups[i] = codes[i] >= 0 && kept[codes[i]] ? groups[i] : None;
        }
    }

    private static void Keep(CodesColumn column, int start, bool[] matching, bool negated, Span<int> groups)
    {
        for (var i = 0; i < groups.Length; i++)
        {
            var codes = column.CodesOf(start + i);
            var any = false;
            foreach (var code in codes)
            {
                any |= matching[code];
            }

            groups[i] = codes.Length > 0 && any != negated ? groups[i] : None;
        }
    }
}
