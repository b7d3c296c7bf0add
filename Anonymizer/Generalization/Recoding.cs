using Anonymizer.Tables;

namespace Anonymizer.Generalization;

/// <summary>
/// One full-domain recoding of a dataset version: a level for each quasi-identifier and the classes that are released. It can be
/// stored, and applied to the table it was found on or to any part of it: a row is released only as a member of a released class.
/// </summary>
/// <param name="QuasiIdentifiers">The generalized columns.</param>
/// <param name="Levels">Their levels, in the same order; none in a local recoding.</param>
/// <param name="Classes">The released classes; a class's number is its place in this list, and lasts as long as the recoding.</param>
/// <param name="Rows">Rows of the table that it was found on.</param>
/// <param name="SuppressedRows">Rows of that table in no released class.</param>
/// <param name="UnmappedCells">Cells whose value its hierarchy does not know.</param>
/// <param name="Score">The information lost, by the metric that was asked for.</param>
public sealed record Recoding(
    IReadOnlyList<QuasiIdentifier> QuasiIdentifiers,
    IReadOnlyList<int> Levels,
    IReadOnlyList<RecodedClass> Classes,
    long Rows,
    long SuppressedRows,
    long UnmappedCells,
    double Score)
{
    /// <summary>The table's rows as members of the released classes. The table has all quasi-identifiers as columns.</summary>
    /// <exception cref="InvalidOperationException">The recoding is local: it belongs to the rows it was made of.</exception>
    public RecodedTable Apply(Table table) => Apply(EncodedTable.Of(table, QuasiIdentifiers, [], 1));

    internal RecodedTable Apply(EncodedTable encoded)
    {
        if (Levels.Count == 0)
        {
            throw new InvalidOperationException("a local recoding cannot be applied to another table");
        }

        var known = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < Classes.Count; i++)
        {
            known.Add(NameOf(Classes[i].Values), i);
        }

        var classOf = new int[encoded.Base.Count];
        var values = new string[Levels.Count];
        for (var i = 0; i < classOf.Length; i++)
        {
            for (var place = 0; place < values.Length; place++)
            {
                values[place] = encoded.Label(encoded.Base, i, place, Levels[place]);
            }

            classOf[i] = known.GetValueOrDefault(NameOf(values), RecodedTable.Suppressed);
        }

        var classOfRow = new int[encoded.Rows];
        for (var row = 0; row < classOfRow.Length; row++)
        {
            var part = encoded.ClassOfRow[row];
            classOfRow[row] = part == EncodedTable.Suppressed ? RecodedTable.Suppressed : classOf[part];
        }

        return new RecodedTable(this, classOfRow);
    }

    private static string NameOf(IReadOnlyList<string> values) => string.Join('\u001f', values);
}

/// <summary>A released equivalence class: the generalized values, in the order of the quasi-identifiers, and its rows in the table it was found on.</summary>
public sealed record RecodedClass(IReadOnlyList<string> Values, long Rows);
