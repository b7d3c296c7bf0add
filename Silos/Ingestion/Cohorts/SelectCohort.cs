using Silos.Ingestion.Definitions;

namespace Silos.Ingestion.Cohorts;

/// <summary>Decides which patients a cohort holds. Each patient is decided by her own row alone, so that adding or removing one
/// changes no other: a private count over the cohort keeps the patient as its privacy unit.</summary>
public static class SelectCohort
{
    /// <summary>One truth a row.</summary>
    public static bool[] Of(Cohort cohort, DatasetDefinition definition, IReadOnlyList<PatientRow> rows)
    {
        var chosen = new bool[rows.Count];
        Parallel.For(0, rows.Count, i => chosen[i] = cohort.Rules.All(rule => Holds(rule, definition, rows[i])));
        return chosen;
    }

    /// <summary>How many patients are left after each rule in turn: the attrition that a cohort builder shows, exact and for the hospital's
    /// own eyes; outside it only a private count may be shown.</summary>
    public static IReadOnlyList<int> Attrition(Cohort cohort, DatasetDefinition definition, IReadOnlyList<PatientRow> rows)
    {
        IEnumerable<PatientRow> left = rows;
        var counts = new List<int>();
        foreach (var rule in cohort.Rules)
        {
            var next = left.Where(row => Holds(rule, definition, row)).ToList();
            counts.Add(next.Count);
            left = next;
        }

        return counts;
    }

    private static bool Holds(CohortRule rule, DatasetDefinition definition, PatientRow row) => rule switch
    {
        CohortRule.OnAttribute on => Satisfies(on, definition, row) is { } truth && truth == on.Must,
        CohortRule.OnEvents on => Enough(on, row) == on.Must,
        CohortRule.InOrder order => Follows(order, row) == order.Must,
        _ => throw new InvalidOperationException($"a rule of unknown kind {rule.GetType().Name}"),
    };

    /// <summary>Null where the patient has no value.</summary>
    private static bool? Satisfies(CohortRule.OnAttribute rule, DatasetDefinition definition, PatientRow row)
    {
        for (var i = 0; i < definition.Attributes.Count; i++)
        {
            if (definition.Attributes[i].Name == rule.Attribute)
            {
                var cell = row.Cells[i];
                return cell.Kind switch
                {
                    CellKind.Number => !(cell.Ticks * definition.Attributes[i].Step < rule.AtLeast) && !(cell.Ticks * definition.Attributes[i].Step >= rule.Below),
                    CellKind.Category => rule.In.Contains(cell.Text!),
                    CellKind.Codes => cell.Codes!.Any(code => rule.In.Any(prefix => code.StartsWith(prefix, StringComparison.Ordinal))),
                    _ => null,
                };
            }
        }

        return null;
    }

    private static bool Enough(CohortRule.OnEvents rule, PatientRow row)
    {
        var days = row.Events.Where(one => rule.Events.Matches(one) && !(one.Day < rule.From) && !(one.Day >= rule.Before)).Select(one => one.Day.DayNumber).Order().ToList();
        for (var last = rule.AtLeast - 1; last < days.Count; last++)
        {
            if (rule.WithinDays is not { } window || days[last] - days[last - rule.AtLeast + 1] < window)
            {
                return true;
            }
        }

        return false;
    }

    private static bool Follows(CohortRule.InOrder rule, PatientRow row)
    {
        var then = row.Events.Where(rule.Then.Matches).Select(one => one.Day.DayNumber).ToList();
        return row.Events.Where(rule.First.Matches).Any(first => then.Exists(day => day > first.Day.DayNumber && (rule.WithinDays is not { } window || day - first.Day.DayNumber <= window)));
    }
}
