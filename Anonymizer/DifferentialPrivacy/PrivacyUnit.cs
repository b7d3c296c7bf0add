namespace Anonymizer.DifferentialPrivacy;

/// <summary>Whom the guarantee is about: one patient, with all rows that carry her identifier.</summary>
/// <param name="Attribute">The column of identifiers. It can be neither filtered on, grouped by nor measured, only counted.</param>
/// <remarks>Two tables are neighbours when one is the other without all rows of one patient (add or remove; not replace, not one row).
/// A row without an identifier belongs to nobody and takes no part.</remarks>
public readonly record struct PrivacyUnit(string Attribute);
