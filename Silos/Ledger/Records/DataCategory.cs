namespace Silos.Ledger.Records;

/// <summary>The kinds of data by which patients decide: one word in a directive, and one for each attribute of a hospital's dataset.</summary>
public static class DataCategory
{
    /// <summary>Every category, now and later.</summary>
    public const string Every = "*";

    /// <summary>The words.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        "demographics", "encounters", "diagnoses", "procedures", "medications", "laboratory", "vital-signs", "imaging", "genetics",
        "mental-health", "sexual-health", "lifestyle", "questionnaires",
    ];
}
