namespace Anonymizer.DifferentialPrivacy.Accounting;

/// <summary>A filter that adds exact fractions up to a limit: ε of pure answers, or ρ.</summary>
/// <remarks>Rogers, Roth, Ullman and Vadhan, NeurIPS 2016. Nothing is rounded: a tenth fits ten times into one, and the smallest loss that
/// is above 0 does not fit once more. A refused loss leaves the filter as it was.</remarks>
/// <param name="Limit">At least 0.</param>
/// <param name="Spent">What was accepted so far.</param>
public sealed record PureFilter(Rational Limit, Rational Spent)
{
    /// <summary>The filter after one more loss, or null where it would pass the limit or is negative.</summary>
    public PureFilter? Accept(Rational loss) => loss.Sign >= 0 && Spent + loss <= Limit ? this with { Spent = Spent + loss } : null;
}
