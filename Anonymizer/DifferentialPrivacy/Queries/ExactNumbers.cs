namespace Anonymizer.DifferentialPrivacy.Queries;

/// <summary>
/// The whole numbers that a measure needs of each group before noise is added, as functions of the rows that count. Whoever computes them, in memory
/// or in a database, computes the same; all are exact. Bounds, widths and edges are in ticks; a row without a value adds nothing.
/// </summary>
/// <param name="Count">How many numbers.</param>
public abstract record ExactNumbers(int Count)
{
    private const long MostCells = 1_024;
    private const long MostSteps = 1 << 16;

    /// <summary>Number of rows.</summary>
    public sealed record Rows() : ExactNumbers(1);

    /// <summary>Number of different patients.</summary>
    public sealed record Units() : ExactNumbers(1);

    /// <summary>Number of different values.</summary>
    public sealed record Different(string Attribute) : ExactNumbers(1);

    /// <summary>The sums of (Factor · clamped value − Offset) / Divisor, rounded towards 0, to each power from FirstPower to LastPower; power 0 is the number of values.</summary>
    /// <param name="Lower">What is below is taken as this.</param>
    /// <param name="Upper">What is above is taken as this.</param>
    public sealed record Powers(string Attribute, long Lower, long Upper, long Factor, long Offset, long Divisor, int FirstPower, int LastPower)
        : ExactNumbers(LastPower - FirstPower + 1);

    /// <summary>Clamped values by cell: number c counts those at Lower + c · Width (the last cell: at Upper), number Last + 1 + c those in cell c above that.</summary>
    public sealed record Cells(string Attribute, long Lower, long Upper, long Width, int Last) : ExactNumbers(2 * (Last + 1));

    /// <summary>Values by bin: number b counts those from Edges[b] to below Edges[b + 1], the outermost bins taking what lies beyond.</summary>
    public sealed record Bins(string Attribute, IReadOnlyList<long> Edges) : ExactNumbers(Edges.Count - 1);

    /// <summary>Values by declared value.</summary>
    public sealed record Values(string Attribute, IReadOnlyList<string> Declared) : ExactNumbers(Declared.Count);

    /// <summary>What a measure needs.</summary>
    public static ExactNumbers Of(Measure measure) => measure switch
    {
        Measure.Count => new Rows(),
        Measure.DistinctCount { OfUnits: true } => new Units(),
        Measure.DistinctCount distinct => new Different(distinct.Attribute),
        Measure.Sum sum => new Powers(sum.Attribute, sum.Lower, sum.Upper, 1, 0, 1, 1, 1),
        Measure.Mean mean => new Powers(mean.Attribute, mean.Lower, mean.Upper, 1, 0, 1, 0, 1),
        Measure.Variance variance => Of(variance),
        Measure.Quantile quantile => Of(quantile),
        Measure.Histogram { Edges: { } edges } histogram => new Bins(histogram.Attribute, edges),
        Measure.Histogram histogram => new Values(histogram.Attribute, ((CategoryType)histogram.Type).Values!),
        _ => throw new InvalidOperationException($"a measure of unknown kind {measure.GetType().Name}"),
    };

    /// <summary>Powers about the middle of the bounds, in half steps of a grid of at most 2^16 steps.</summary>
    internal static Powers Of(Measure.Variance measure)
    {
        var coarse = Math.Max(1, (measure.Upper - measure.Lower + MostSteps - 1) / MostSteps);
        return new Powers(measure.Attribute, measure.Lower, measure.Upper, 2, measure.Lower + measure.Upper, coarse, 0, 2);
    }

    /// <summary>At most 1,025 candidates.</summary>
    internal static Cells Of(Measure.Quantile measure)
    {
        var width = Math.Max(1, (measure.Upper - measure.Lower + MostCells - 1) / MostCells);
        return new Cells(measure.Attribute, measure.Lower, measure.Upper, width, (int)((measure.Upper - measure.Lower + width - 1) / width));
    }
}

/// <summary>What one group of an answer holds before noise. It stays where the patients' rows are.</summary>
/// <param name="Key">A value for each of <c>groupBy</c>, in its order; none for the one group of a question without.</param>
/// <param name="Rows">Rows that count.</param>
/// <param name="Patients">Different patients among them.</param>
/// <param name="Numbers">For each measure, in the question's order, as many as its <see cref="ExactNumbers"/> says.</param>
public sealed record ExactGroup(IReadOnlyList<string> Key, long Rows, long Patients, IReadOnlyList<Int128[]> Numbers);
