using Anonymizer.Generalization;

namespace Anonymizer.InformationLoss;

/// <summary>Rows by classes. No coarser transformation has more classes, which bounds all of them.</summary>
internal sealed class AverageClassSizeScorer(EncodedTable table) : Scorer(table)
{
    public override double LevelBound(ReadOnlySpan<int> levels) => 0;

    public override double ClassBound(ClassTable classes) => classes.Count == 0 ? 0 : (double)Table.Rows / classes.Count;

    public override double Score(ClassTable classes, ReadOnlySpan<int> levels, ReadOnlySpan<bool> suppressed, long suppressedRows, int suppressedClasses)
    {
        var kept = classes.Count - suppressedClasses + (suppressedRows > 0 ? 1 : 0);
        return kept == 0 ? 0 : (double)Table.Rows / kept;
    }
}

/// <summary>Squared class sizes. Merging classes only adds to them, and a suppressed row costs more than its class's size, which bounds all coarser transformations.</summary>
internal sealed class DiscernibilityScorer(EncodedTable table) : Scorer(table)
{
    public override double LevelBound(ReadOnlySpan<int> levels) => 0;

    public override double ClassBound(ClassTable classes)
    {
        var sum = 0L;
        foreach (var rows in classes.Rows.AsSpan(0, classes.Count))
        {
            sum += (long)rows * rows;
        }

        return sum;
    }

    public override double Score(ClassTable classes, ReadOnlySpan<int> levels, ReadOnlySpan<bool> suppressed, long suppressedRows, int suppressedClasses)
    {
        var sum = suppressedRows * Table.Rows;
        for (var i = 0; i < suppressed.Length; i++)
        {
            if (!suppressed[i])
            {
                sum += (long)classes.Rows[i] * classes.Rows[i];
            }
        }

        return sum;
    }
}
