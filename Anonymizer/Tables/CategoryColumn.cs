namespace Anonymizer.Tables;

/// <summary>A dictionary-encoded column: each row holds an index into <see cref="Values"/>, or <see cref="Null"/>.</summary>
public sealed class CategoryColumn(string name, IReadOnlyList<string> values, int[] codes) : Column(name)
{
    /// <summary>The code of a cell without a value.</summary>
    public const int Null = -1;

    private Lazy<(int Largest, bool Nulls)>? measured;

    /// <summary>The distinct values; their order says nothing about the data's order unless the schema declared them.</summary>
    public IReadOnlyList<string> Values { get; } = values;

    /// <summary>One code a row: an index into <see cref="Values"/>, or <see cref="Null"/>.</summary>
    public ReadOnlySpan<int> Codes => codes;

    /// <summary>Rows that hold the most frequent value; 0 without any. Counted once, on first use.</summary>
    public int LargestClass => Measured.Largest;

    /// <summary>Whether any cell has no value. Looked for once, on first use.</summary>
    public bool HasNulls => Measured.Nulls;

    public override int Count => codes.Length;

    private (int Largest, bool Nulls) Measured => (measured ??= new Lazy<(int, bool)>(Measure)).Value;

    public override bool IsNull(int row) => codes[row] == Null;

    public override string? Text(int row) => codes[row] == Null ? null : Values[codes[row]];

    public override CategoryColumn ToCategories() => this;

    private (int Largest, bool Nulls) Measure()
    {
        var sizes = new int[Values.Count];
        var nulls = false;
        foreach (var code in codes)
        {
            if (code == Null)
            {
                nulls = true;
            }
            else
            {
                sizes[code]++;
            }
        }

        return (sizes.Length == 0 ? 0 : sizes.Max(), nulls);
    }
}
