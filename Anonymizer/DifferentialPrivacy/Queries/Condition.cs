namespace Anonymizer.DifferentialPrivacy.Queries;

/// <summary>What a row must satisfy: <see cref="Within"/>, <see cref="AnyOf"/> or <see cref="Not"/>. A null satisfies none of them.</summary>
public abstract record Condition(string Attribute)
{
    /// <summary>A number from AtLeast (included) to Below (excluded), in ticks within the declared bounds; empty where they are equal.</summary>
    public sealed record Within(string Attribute, long AtLeast, long Below) : Condition(Attribute);

    /// <summary>A category that is one of the values, or a set of codes of which one begins with one of them.</summary>
    public sealed record AnyOf(string Attribute, IReadOnlyList<string> Values) : Condition(Attribute)
    {
        public bool Equals(AnyOf? other) => other is not null && Attribute == other.Attribute && Values.SequenceEqual(other.Values);

        public override int GetHashCode() => HashCode.Combine(Attribute, Values.Count);
    }

    /// <summary>A cell that has a value, which does not satisfy the other condition.</summary>
    public sealed record Not(Condition Of) : Condition(Of.Attribute);
}
