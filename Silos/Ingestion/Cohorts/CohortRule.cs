namespace Silos.Ingestion.Cohorts;

/// <summary>One rule of a cohort. All rules must hold; <paramref name="Must"/> false turns a rule around.</summary>
public abstract record CohortRule(bool Must)
{
    /// <summary>A condition on an attribute of the patient's row: a number in [AtLeast, Below), or a category or code among values,
    /// codes by prefix of their hierarchy. A patient without a value satisfies neither it nor its contrary.</summary>
    public sealed record OnAttribute(bool Must, string Attribute, decimal? AtLeast, decimal? Below, IReadOnlyList<string> In) : CohortRule(Must);

    /// <summary>At least so many events of a kind, within some window of days where one is given, in [From, Before).</summary>
    /// <param name="WithinDays">Length of the window that slides over the history: 1 is one day. Null for no window.</param>
    public sealed record OnEvents(bool Must, EventPattern Events, int AtLeast, int? WithinDays, DateOnly? From, DateOnly? Before) : CohortRule(Must);

    /// <summary>An event that is followed by another, on a later day, within so many days where that is given.</summary>
    public sealed record InOrder(bool Must, EventPattern First, EventPattern Then, int? WithinDays) : CohortRule(Must);
}

/// <summary>Events of a kind; with codes, those that begin with one of them.</summary>
/// <param name="In">In ordinal order, none a prefix of another; empty for any.</param>
public sealed record EventPattern(string Event, IReadOnlyList<string> In)
{
    public bool Matches(PatientEvent one) =>
        one.Kind == Event && (In.Count == 0 || (one.Code is { } code && In.Any(prefix => code.StartsWith(prefix, StringComparison.Ordinal))));

    /// <summary>Whether every event that the other matches is matched.</summary>
    public bool Covers(EventPattern other) =>
        Event == other.Event && (In.Count == 0 || (other.In.Count > 0 && other.In.All(code => In.Any(prefix => code.StartsWith(prefix, StringComparison.Ordinal)))));
}

/// <summary>A cohort's definition in one form, however it was written: rules in the order of their canonical text, each once.</summary>
public sealed record Cohort(IReadOnlyList<CohortRule> Rules);
