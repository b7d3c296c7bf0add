using Anonymizer.Generalization;

namespace Anonymizer.InformationLoss;

/// <summary>Loss: costs are counted in whole values of the domain, so the sum over 12 million rows is exact.</summary>
internal sealed class LossScorer : Scorer
{
    private readonly bool geometric;
    private readonly long[][] covered;

    public LossScorer(EncodedTable table, bool geometric)
        : base(table)
    {
        this.geometric = geometric;
        covered = new long[Columns.Length][];
        for (var i = 0; i < Columns.Length; i++)
        {
            var column = Columns[i];
            covered[i] = [.. Enumerable.Range(0, column.Levels).Select(level => column.RowsAt[level].Zip(column.Coverage[level], (rows, share) => rows * share).Sum())];
        }
    }

    public override double LevelBound(ReadOnlySpan<int> levels)
    {
        var total = geometric ? 1.0 : 0.0;
        for (var i = 0; i < levels.Length; i++)
        {
            Add(ref total, i, covered[i][levels[i]]);
        }

        return Mean(total);
    }

    public override double Score(ClassTable classes, ReadOnlySpan<int> levels, ReadOnlySpan<bool> suppressed, long suppressedRows, int suppressedClasses)
    {
        var total = geometric ? 1.0 : 0.0;
        for (var i = 0; i < levels.Length; i++)
        {
            var cost = covered[i][levels[i]];
            if (suppressedClasses > 0)
            {
                cost += Extra(classes, i, levels[i], suppressed);
            }

            Add(ref total, i, cost);
        }

        return Mean(total);
    }

    /// <summary>What suppression adds in one column: the part of the domain that the value did not cover already.</summary>
    private long Extra(ClassTable classes, int index, int level, ReadOnlySpan<bool> suppressed)
    {
        var column = Columns[index];
        var coverage = column.Coverage[level];
        var domain = column.DomainSize;
        var (keys, rows, words, word, shift, mask) = (classes.Keys, classes.Rows, classes.Words, column.Word, column.Shift, column.Mask >> column.Shift);
        var extra = 0L;
        for (var i = 0; i < suppressed.Length; i++)
        {
            if (suppressed[i])
            {
                extra += rows[i] * (domain - coverage[(int)((keys[(i * words) + word] >> shift) & mask)]);
            }
        }

        return extra;
    }

    private void Add(ref double total, int index, long cost)
    {
        var (rows, domain) = ((long)Table.Rows, Columns[index].DomainSize);
        var loss = domain == 1 || rows == 0 ? 0 : Cut(Math.Max(0, (cost - rows) / (double)((rows * domain) - rows)));
        total = geometric ? total * (1 + loss) : total + loss;
    }

    private double Mean(double total) => Columns.Length == 0 ? 0 : geometric ? Math.Pow(total, 1.0 / Columns.Length) - 1 : total / Columns.Length;
}
