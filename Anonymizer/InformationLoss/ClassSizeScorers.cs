using Anonymizer.Generalization;

namespace Anonymizer.InformationLoss;

/// <summary>Rows by classes. No coarser transformation has more classes, which bounds all of them.</summary>
internal sealed class AverageClassSizeScorer(EncodedTable table) : Scorer(table)
{
    public override double LevelBound(ReadOnlySpan<int> levels) => 0;

    public override bool BoundsByLevel => false;

    public override double ClassBound(Transformation seen) => Average(seen.Classes + (Table.SuppressedRows > 0 ? 1 : 0));

    public override double Score(Transformation seen) => Average(seen.Classes - seen.Verdict.Classes + (seen.Verdict.Rows > 0 ? 1 : 0));

    private double Average(int classes) => classes == 0 ? 0 : (double)Table.Rows / classes;
}

/// <summary>Squared class sizes. Merging classes only adds to them, and a suppressed row costs more than its class's size, which bounds all coarser transformations.</summary>
internal sealed class DiscernibilityScorer(EncodedTable table) : Scorer(table)
{
    public override double LevelBound(ReadOnlySpan<int> levels) => 0;

    public override bool BoundsByLevel => false;

    public override double ClassBound(Transformation seen)
    {
        var sum = Table.SuppressedRows * Table.Rows;
        foreach (var rows in seen.Rows)
        {
            sum += (long)rows * rows;
        }

        return sum;
    }

    public override double Score(Transformation seen)
    {
        var sum = seen.Verdict.Rows * Table.Rows;
        for (var slot = 0; slot < seen.Rows.Length; slot++)
        {
            sum += seen.IsSuppressed(slot) ? 0 : (long)seen.Rows[slot] * seen.Rows[slot];
        }

        return sum;
    }
}
