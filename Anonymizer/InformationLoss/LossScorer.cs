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
            covered[i] = [.. Enumerable.Range(0, column.Levels).Select(level => column.RowsAt[level].Zip(column.Coverage[level], (rows, share) => rows * share).Sum() + (table.SuppressedRows * column.DomainSize))];
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

    public override double Score(Transformation seen)
    {
        var total = geometric ? 1.0 : 0.0;
        for (var i = 0; i < Columns.Length; i++)
        {
            Add(ref total, i, covered[i][seen.Levels[i]] + Extra(seen, i));
        }

        return Mean(total);
    }

    /// <summary>The score of cells that cover these many values in all, by column; rows suppressed anyway are added.</summary>
    public double ScoreOf(ReadOnlySpan<long> coveredInColumn)
    {
        var total = geometric ? 1.0 : 0.0;
        for (var i = 0; i < Columns.Length; i++)
        {
            Add(ref total, i, coveredInColumn[i] + (Table.SuppressedRows * Columns[i].DomainSize));
        }

        return Mean(total);
    }

    /// <summary>What suppression adds in one column: the part of the domain that the value did not cover already.</summary>
    private long Extra(Transformation seen, int place)
    {
        var column = Columns[place];
        var (coverage, generalized) = (column.Coverage[seen.Levels[place]], column.FromBase[seen.Levels[place]]);
        var (codes, codesOfChunk) = (seen.Source.Codes[Table.ChunkOf(place)], Table.CodesOfChunk[place]);
        var extra = 0L;
        foreach (var part in seen.SuppressedParts)
        {
            extra += seen.Source.Rows[part] * (column.DomainSize - coverage[generalized[codesOfChunk[codes[part]]]]);
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
