namespace Anonymizer.Tables;

/// <summary>A column of code sets: row r holds the codes <c>codes[starts[r]..starts[r + 1]]</c>, none at all being null.</summary>
public sealed class CodesColumn(string name, IReadOnlyList<string> values, int[] starts, int[] codes) : Column(name)
{
    /// <summary>The distinct codes that occur.</summary>
    public IReadOnlyList<string> Values { get; } = values;

    public override int Count => starts.Length - 1;

    /// <summary>The row's codes, as indexes into <see cref="Values"/>.</summary>
    public ReadOnlySpan<int> CodesOf(int row) => codes.AsSpan(starts[row], starts[row + 1] - starts[row]);

    public override bool IsNull(int row) => starts[row] == starts[row + 1];

    public override string? Text(int row) =>
        IsNull(row) ? null : string.Join('|', CodesOf(row).ToArray().Select(code => Values[code]));
}
