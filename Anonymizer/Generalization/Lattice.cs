namespace Anonymizer.Generalization;

/// <summary>All full-domain transformations: one level for each quasi-identifier. A node is a number in mixed radix, the first column counting fastest.</summary>
internal sealed class Lattice
{
    private readonly int[] heights;
    private readonly long[] strides;

    public Lattice(IEnumerable<int> levels)
    {
        heights = [.. levels];
        strides = new long[heights.Length];
        Int128 size = 1;
        for (var i = 0; i < heights.Length; i++)
        {
            strides[i] = (long)Int128.Min(size, long.MaxValue);
            size *= heights[i];
            size = Int128.Min(size, long.MaxValue);
        }

        Size = (long)size;
    }

    public int Columns => heights.Length;

    /// <summary>Number of transformations; <see cref="long.MaxValue"/> when there are as many or more.</summary>
    public long Size { get; }

    /// <summary>The levels of a column.</summary>
    public int Levels(int column) => heights[column];

    /// <summary>How far apart two nodes are that differ by one level of the column.</summary>
    public long Stride(int column) => strides[column];

    public void LevelsOf(long node, Span<int> levels)
    {
        for (var i = 0; i < heights.Length; i++)
        {
            (node, var level) = Math.DivRem(node, heights[i]);
            levels[i] = (int)level;
        }
    }

    public long NodeOf(ReadOnlySpan<int> levels)
    {
        var node = 0L;
        for (var i = 0; i < heights.Length; i++)
        {
            node += levels[i] * strides[i];
        }

        return node;
    }
}
