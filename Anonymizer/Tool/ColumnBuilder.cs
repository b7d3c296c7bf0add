using Anonymizer.Tables;

namespace Anonymizer.Tool;

/// <summary>Collects a column's codes in blocks, so that a file of unknown length never holds a column twice.</summary>
internal sealed class ColumnBuilder(string name)
{
    private const int Block = 1 << 16;
    private readonly List<string> values = [];
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> index =
        new Dictionary<string, int>(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();

    private readonly List<int[]> blocks = [];
    private int count;

    public void Add(ReadOnlySpan<char> cell)
    {
        if (!index.TryGetValue(cell, out var code))
        {
            code = values.Count;
            values.Add(cell.ToString());
            index[cell] = code;
        }

        if (count % Block == 0)
        {
            blocks.Add(new int[Block]);
        }

        blocks[^1][count % Block] = code;
        count++;
    }

    /// <summary>The column; the builder is empty afterwards.</summary>
    public CategoryColumn Build()
    {
        var codes = new int[count];
        for (var i = 0; i < blocks.Count; i++)
        {
            blocks[i].AsSpan(0, Math.Min(Block, count - (i * Block))).CopyTo(codes.AsSpan(i * Block));
            blocks[i] = [];
        }

        blocks.Clear();
        return new CategoryColumn(name, values, codes);
    }
}
