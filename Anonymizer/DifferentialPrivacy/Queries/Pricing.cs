using Anonymizer.DifferentialPrivacy.Accounting;

namespace Anonymizer.DifferentialPrivacy.Queries;

/// <summary>What a question costs, known before it is asked and the same whatever the data are.</summary>
public static class Pricing
{
    /// <summary>The charge, rounded up: with δ the largest ρ whose tight conversion fits (ε, δ), without it ε²/2; and what private keys spend of δ.</summary>
    public static PrivacyLoss Charge(Query query) => Plan.Of(query, 0).Charge;

    /// <inheritdoc cref="Charge(Query)"/>
    /// <exception cref="ArgumentException">The question was read with another schema.</exception>
    public static PrivacyLoss Charge(Query query, Schema schema) =>
        ReferenceEquals(query.Schema, schema) ? Charge(query) : throw new ArgumentException("the question was read with another schema", nameof(schema));

    /// <summary>The ε at δ of several answered questions together, had they been fixed in advance: never above what their charges alone guarantee.</summary>
    /// <remarks>"If the questions had been fixed in advance" must stand beside it: a researcher who chose them by earlier answers is held by the
    /// filter's figure, <see cref="PrivacyLoss.EpsilonAt"/> of the sum.</remarks>
    /// <param name="answered">The questions; one that was answered twice is there twice.</param>
    /// <param name="delta">Above 0 and below 1.</param>
    public static double EpsilonIfFixed(IReadOnlyList<Query> answered, double delta = 1e-6)
    {
        var plans = answered.Select(query => Plan.Of(query, 0)).ToArray();
        var total = plans.Aggregate(PrivacyLoss.Zero, (sum, plan) => sum.Then(plan.Charge));
        var losses = plans.SelectMany(plan => plan.Losses()).GroupBy(item => item.Loss).Select(same => (same.Key, same.Sum(item => item.Count))).ToArray();
        var exact = ExactAccountant.Epsilon(losses, plans.Select(plan => plan.SelectionDelta.ToDouble()), delta);
        return Math.Min(total.EpsilonAt(delta), exact?.Upper ?? double.PositiveInfinity);
    }
}
