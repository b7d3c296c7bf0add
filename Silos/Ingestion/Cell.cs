using System.Globalization;

namespace Silos.Ingestion;

/// <summary>One value of one attribute of one patient: nothing, a number on the attribute's grid, a category, or a set of codes.</summary>
/// <param name="Ticks">Of a number: value ÷ step. 0 otherwise.</param>
/// <param name="Text">Of a category: the value. Null otherwise.</param>
/// <param name="Codes">Of a set: at least one code, in ordinal order, each once. Null otherwise.</param>
public readonly record struct Cell(CellKind Kind, long Ticks, string? Text, IReadOnlyList<string>? Codes)
{
    /// <summary>No value.</summary>
    public static Cell Null => default;

    public static Cell Number(long ticks) => new(CellKind.Number, ticks, null, null);

    public static Cell Category(string value) => new(CellKind.Category, 0, value, null);

    /// <summary>A set of codes; an empty one is <see cref="Null"/>.</summary>
    public static Cell Set(IEnumerable<string> codes)
    {
        string[] sorted = [.. codes.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        return sorted.Length == 0 ? Null : new Cell(CellKind.Codes, 0, null, sorted);
    }

    /// <summary>As it is written to a file: codes joined by <c>|</c>; null for no value.</summary>
    /// <param name="step">Width of the attribute's grid.</param>
    public string? Written(decimal step) => Kind switch
    {
        CellKind.Number => (Ticks * step).ToString(CultureInfo.InvariantCulture),
        CellKind.Category => Text,
        CellKind.Codes => string.Join('|', Codes!),
        _ => null,
    };
}

/// <summary>What a <see cref="Cell"/> holds.</summary>
public enum CellKind : byte
{
    Null,
    Number,
    Category,
    Codes,
}
