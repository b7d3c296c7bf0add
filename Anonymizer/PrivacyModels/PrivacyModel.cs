namespace Anonymizer.PrivacyModels;

/// <summary>
/// What every equivalence class of a release must satisfy; the rows of a class that does not are suppressed. Models combine: a
/// class must satisfy all of them.
/// </summary>
public abstract record PrivacyModel
{
    /// <summary>The attribute whose values in a class the model asks about, or null when it counts rows alone.</summary>
    public virtual string? Attribute => null;

    /// <summary>What is wrong with the parameters, naming the parameter and its range, or null.</summary>
    public abstract string? Fault();

    /// <summary>Whether a class keeps satisfying the model when any other rows join it, so that suppression only shrinks upwards.</summary>
    internal abstract bool SurvivesAnyMerge { get; }

    /// <summary>The test of one class, given what it needs to know of the whole table.</summary>
    internal abstract ClassTest Prepare(TableProfile profile);
}

/// <summary>What a model may know of the whole table: rows, and the values of its attribute with their rows (null being the last).</summary>
internal sealed record TableProfile(long Rows, IReadOnlyList<string> Values, long[] RowsOfValue);

/// <summary>Decides one class from its rows and, where the model has an attribute, from the distinct values in it and the rows of each.</summary>
internal delegate bool ClassTest(int rows, ReadOnlySpan<int> values, ReadOnlySpan<int> rowsOfValue);
