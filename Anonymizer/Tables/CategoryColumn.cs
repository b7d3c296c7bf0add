namespace Anonymizer.Tables;

/// <summary>A dictionary-encoded column: each row holds an index into <see cref="Values"/>, or <see cref="Null"/>.</summary>
public sealed class CategoryColumn(string name, IReadOnlyList<string> values, int[] codes) : Column(name)
{
    /// <summary>The code of a cell without a value.</summary>
    public const int Null = -1;

    /// <summary>The distinct values; their order says nothing about the data's order unless the schema declared them.</summary>
    public IReadOnlyList<string> Values { get; } = values;

    /// <summary>One code a row: an index into <see cref="Values"/>, or <see cref="Null"/>.</summary>
    public ReadOnlySpan<int> Codes => codes;

    public override int Count => codes.Length;

    public override bool IsNull(int row) => codes[row] == Null;

    public override string? Text(int row) => codes[row] == Null ? null : Values[codes[row]];

    public override CategoryColumn ToCategories() => this;
}
