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
}
