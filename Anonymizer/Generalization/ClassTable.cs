namespace Anonymizer.Generalization;

/// <summary>
/// Equivalence classes of a table under one transformation. A class is named by the level-0 codes of any of its rows, a code a
/// chunk, which name it under every coarser transformation too; so nothing is rewritten when classes merge.
/// </summary>
/// <param name="Codes">By chunk, then by class.</param>
/// <param name="Rows">Rows of each class.</param>
/// <param name="Details">For each attribute that a privacy model asks about, its values in each class.</param>
internal sealed record ClassTable(int[][] Codes, int[] Rows, ClassDetail[] Details)
{
    /// <summary>Number of classes.</summary>
    public int Count => Rows.Length;
}
