namespace Anonymizer.DifferentialPrivacy.Queries;

/// <summary>One thing asked of each group. Bounds are in ticks of the attribute's grid, Lower below Upper.</summary>
/// <param name="Numbers">Noisy numbers it takes: the question's loss is split evenly over them.</param>
public abstract record Measure(int Numbers)
{
    /// <summary>The name of its member in an answer, as <c>mean:hba1c</c>.</summary>
    public abstract string Name { get; }

    /// <summary>Rows in the group.</summary>
    public sealed record Count() : Measure(1)
    {
        public override string Name => "count";
    }

    /// <summary>Different values of a category in the group or, of the privacy unit, different patients.</summary>
    public sealed record DistinctCount(string Attribute, bool OfUnits) : Measure(1)
    {
        public override string Name => "distinct:" + Attribute;
    }

    /// <summary>The sum of values clamped to [Lower, Upper].</summary>
    public sealed record Sum(string Attribute, NumberType Type, long Lower, long Upper) : Measure(1)
    {
        public override string Name => "sum:" + Attribute;
    }

    /// <summary>The mean of values clamped to [Lower, Upper]: a count and a sum about the middle.</summary>
    public sealed record Mean(string Attribute, NumberType Type, long Lower, long Upper) : Measure(2)
    {
        public override string Name => "mean:" + Attribute;
    }

    /// <summary>The variance (over n) of values clamped to [Lower, Upper]: a count, a sum and a sum of squares about the middle.</summary>
    public sealed record Variance(string Attribute, NumberType Type, long Lower, long Upper) : Measure(3)
    {
        public override string Name => "variance:" + Attribute;
    }

    /// <summary>The value below which a share <paramref name="Q"/> of the clamped values lies: itself and the two ends of its interval.</summary>
    public sealed record Quantile(string Attribute, NumberType Type, Rational Q, long Lower, long Upper, bool Named) : Measure(3)
    {
        public override string Name => Named ? $"quantile:{Attribute}:{Q}" : "quantile:" + Attribute;
    }

    /// <summary>Rows by bin: <paramref name="Edges"/> in ticks, the first and last bin taking what lies beyond; or by declared category where null.</summary>
    public sealed record Histogram(string Attribute, AttributeType Type, IReadOnlyList<long>? Edges) : Measure(1)
    {
        public override string Name => "histogram:" + Attribute;

        public int Bins => Edges is { } edges ? edges.Count - 1 : ((CategoryType)Type).Values!.Count;
    }
}
