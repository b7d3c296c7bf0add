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

    public override double Score(Transformation seen)
    {
        var total = 0.0;
        for (var i = 0; i < Columns.Length; i++)
        {
            var bits = generalization[i][seen.Levels[i]];
            if (seen.Verdict.Rows > 0)
            {
                bits += Spread(Among(seen, i), seen.Verdict.Rows);
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

    /// <summary>Suppressed rows by generalized value; rows suppressed for an unmapped value are a value of their own.</summary>
    private long[] Among(Transformation seen, int place)
    {
        var column = Columns[place];
        var generalized = column.FromBase[seen.Levels[place]];
        var (codes, codesOfChunk) = (seen.Source.Codes[Table.ChunkOf(place)], Table.CodesOfChunk[place]);
        var rows = new long[column.Labels[seen.Levels[place]].Length + 1];
        rows[^1] = Table.SuppressedRows;
        foreach (var part in seen.SuppressedParts)
        {
            rows[generalized[codesOfChunk[codes[part]]]] += seen.Source.Rows[part];
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
