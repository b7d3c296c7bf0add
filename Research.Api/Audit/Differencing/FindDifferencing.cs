namespace Research.Api.Audit.Differencing;

/// <summary>Whether two questions of a project, told apart, could tell of few people (E7). Pure: it sees predicates and released intervals, never an exact count.</summary>
/// <remarks>An alert is for people to look at, not proof: counts are noisy, and the pessimistic end is believed. Cohorts that overlap without one lying in the other, and
/// differences over three or more questions, are not found.</remarks>
internal static class FindDifferencing
{
    /// <summary>Fewer people than this are few: the default k.</summary>
    public const int Few = 11;

    /// <summary>Charged answers about one cohort that make an alert.</summary>
    public const int Repeats = 10;

    /// <summary>Refusals of a project in a day that make an alert.</summary>
    public const int Refusals = 20;

    /// <summary>Whether one cohort lies in the other and, by what was released, the rest may be fewer than <see cref="Few"/>. Where no count was released it must differ by one step of
    /// one rule, or by one rule that takes single values away.</summary>
    public static bool MaySingleOut(AskedCohort one, AskedCohort other)
    {
        if (one.Cohort == other.Cohort || one.Refused || other.Refused)
        {
            return false;
        }

        // The numbers first: they cost nothing, and most pairs end there.
        return one is { From: { } a, To: { } aTo } && other is { From: { } b, To: { } bTo }
            ? aTo + bTo > 2 * Few && Math.Max(a - bTo, b - aTo) < Few && Overlap(a, aTo, b, bTo) && Nested(one, other)
            : Nested(one, other) && OneStep(one, other);
    }

    private static bool Nested(AskedCohort one, AskedCohort other) => Within(one, other) || Within(other, one);

    /// <summary>Every rule of the larger holds in the smaller.</summary>
    private static bool Within(AskedCohort small, AskedCohort large) => large.Rules.All(rule => small.Rules.Any(mine => mine.Within(rule)));

    // Two cells that are not shown, or a small one beside nobody, tell nothing by their difference.
    private static bool Overlap(long a, long aTo, long b, long bTo) => Math.Max(aTo, bTo) >= Few && Math.Min(a, b) > 0;

    private static bool OneStep(AskedCohort one, AskedCohort other)
    {
        var mine = one.Rules.Where(rule => other.Rules.All(its => its.Text != rule.Text)).ToList();
        var its = other.Rules.Where(rule => one.Rules.All(my => my.Text != rule.Text)).ToList();
        return (mine, its) switch
        {
            ([var a], [var b]) => a.OneStepFrom(b),
            ([var a], []) => a is { Not: true, In.Count: 1 },
            ([], [var b]) => b is { Not: true, In.Count: 1 },
            _ => false,
        };
    }
}
