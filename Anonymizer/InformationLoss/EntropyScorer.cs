using Anonymizer.Generalization;

namespace Anonymizer.InformationLoss;

/// <summary>
/// Non-uniform entropy: the bits lost when a value is replaced by its generalized one, over all rows; the rows that are
/// suppressed pay in addition the entropy of their generalized values among themselves.
/// </summary>
internal sealed class EntropyScorer : Scorer
{
    private readonly bool normalized;
    private readonly double[][] generalization;
    private readonly double[] whole;

    public EntropyScorer(EncodedTable table, bool normalized)
        : base(table)
    {
        this.normalized = normalized;
        generalization = new double[Columns.Length][];
        whole = new double[Columns.Length];
        for (var i = 0; i < Columns.Length; i++)
        {
            var column = Columns[i];
            generalization[i] = [.. Enumerable.Range(0, column.Levels).Select(level => BitsLost(column, level))];
            whole[i] = Spread(column.RowsAt[0], table.Rows);
        }
    }

    public override double LevelBound(ReadOnlySpan<int> levels)
    {
        var total = 0.0;
        for (var i = 0; i < levels.Length; i++)
        {
            total += Column(i, generalization[i][levels[i]]);
        }

        return Aggregate(total);
    }

    public override double Score(ClassTable classes, ReadOnlySpan<int> levels, ReadOnlySpan<bool> suppressed, long suppressedRows, int suppressedClasses)
    {
        var total = 0.0;
        for (var i = 0; i < levels.Length; i++)
        {
            var bits = generalization[i][levels[i]];
            if (suppressedClasses > 0)
            {
                bits += Spread(Among(classes, i, levels[i], suppressed), suppressedRows);
            }

            total += Column(i, bits);
        }

        return Aggregate(total);
    }

    private double Column(int index, double bits) => !normalized ? Cut(bits) : whole[index] == 0 ? 0 : bits / whole[index];

    private double Aggregate(double total) => normalized && Columns.Length > 0 ? total / Columns.Length : total;

    private static double BitsLost(EncodedColumn column, int level)
    {
        var bits = 0.0;
        for (var code = 0; code < column.RowsAt[0].Length; code++)
        {
            var rows = column.RowsAt[0][code];
            if (rows > 0)
            {
                bits -= rows * Math.Log2((double)rows / column.RowsAt[level][column.FromBase[level][code]]);
            }
        }

        return bits;
    }

    private long[] Among(ClassTable classes, int index, int level, ReadOnlySpan<bool> suppressed)
    {
        var column = Columns[index];
        var rows = new long[column.Labels[level].Length];
        for (var i = 0; i < suppressed.Length; i++)
        {
            if (suppressed[i])
            {
                rows[column.CodeIn(classes.Key(i))] += classes.Rows[i];
            }
        }

        return rows;
    }

    private static double Spread(long[] rowsOfValue, long rows)
    {
        var bits = 0.0;
        foreach (var count in rowsOfValue)
        {
            if (count > 0)
            {
                bits -= count * Math.Log2((double)count / rows);
            }
        }

        return bits;
    }
}
