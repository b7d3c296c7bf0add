namespace Anonymizer.DifferentialPrivacy.Accounting;

/// <summary>A filter on (ε, δ) for pure answers chosen adaptively, tighter than adding where there are many small ones.</summary>
/// <remarks>Whitehouse, Ramdas, Rogers and Wu, ICML 2023, Theorem 1: accepts while √(2 ln(1/slack)·Σε²) + ½Σε² ≤ ε and Σδ ≤ δ − slack.
/// The sums are exact; the root is not, and a comparison within a part in 10^12 is refused. The budget of a register is decided by
/// <see cref="PrivacyFilter"/>, not by this: it shows a researcher what the same questions would be under (ε, δ).</remarks>
/// <param name="Epsilon">The limit; above 0.</param>
/// <param name="Slack">The share of δ kept for the tail; above 0 and below 1.</param>
/// <param name="Squares">Σε² so far.</param>
public sealed record AdvancedFilter(Rational Epsilon, Rational Slack, Rational Squares)
{
    /// <summary>The filter after one more ε-private answer, or null where it would pass the limit.</summary>
    public AdvancedFilter? Accept(Rational epsilon)
    {
        var squares = Squares + (epsilon * epsilon);
        var sum = squares.ToDouble();
        var loss = Math.Sqrt(-2 * Math.Log(Slack.ToDouble()) * sum) + (sum / 2);
        return loss * (1 + 1e-12) <= Epsilon.ToDouble() ? this with { Squares = squares } : null;
    }
}
