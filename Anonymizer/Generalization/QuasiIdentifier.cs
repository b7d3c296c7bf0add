namespace Anonymizer.Generalization;

/// <summary>A column that helps to find a person, and how its values may be generalized.</summary>
/// <param name="Name">The column's name.</param>
/// <param name="Hierarchy">Its generalization hierarchy. A value outside its domain (a null counts as the empty text) is unmapped.</param>
/// <param name="Unmapped">What becomes of rows with an unmapped value; they are counted either way.</param>
public sealed record QuasiIdentifier(string Name, Hierarchy Hierarchy, UnmappedValue Unmapped = UnmappedValue.Generalize);

/// <summary>What becomes of a value that its hierarchy does not know.</summary>
public enum UnmappedValue
{
    /// <summary>It is written <c>*</c> at every level, and costs as much as a fully generalized value.</summary>
    Generalize,

    /// <summary>Its row is suppressed.</summary>
    Suppress,
}
