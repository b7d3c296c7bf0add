using Anonymizer.Tables;
using Silos.Ingestion.Definitions;

namespace Silos.Ingestion;

/// <summary>The rows of a load, in ordinal order of their patients' ids, and what happened on the way.</summary>
public sealed record LoadResult(IReadOnlyList<PatientRow> Rows, LoadReport Report);

/// <summary>Turns rows into the columnar table that the Anonymizer works on.</summary>
public static class PatientTable
{
    /// <summary>A column an attribute, in the definition's order, preceded by the privacy unit's column of patient ids.
    /// A category with declared values keeps them as its dictionary, in their order.</summary>
    public static Table Of(DatasetDefinition definition, IReadOnlyList<PatientRow> rows)
    {
        var columns = new List<Column> { new CategoryColumn(definition.PrivacyUnit, [.. rows.Select(row => row.Patient)], [.. Enumerable.Range(0, rows.Count)]) };
        for (var i = 0; i < definition.Attributes.Count; i++)
        {
            columns.Add(ColumnOf(definition.Attributes[i], rows, i));
        }

        return new Table(columns);
    }

    private static Column ColumnOf(AttributeDefinition attribute, IReadOnlyList<PatientRow> rows, int column)
    {
        switch (attribute.Type)
        {
            case AttributeType.WholeNumber or AttributeType.DecimalNumber:
                return new NumberColumn(attribute.Name, attribute.Step, [.. rows.Select(row => row.Cells[column].Kind == CellKind.Number ? row.Cells[column].Ticks : NumberColumn.Null)]);
            case AttributeType.Category:
                var values = new Seen(attribute.Values ?? []);
                return new CategoryColumn(attribute.Name, values.List, [.. rows.Select(row => row.Cells[column].Text is { } text ? values.Index(text) : CategoryColumn.Null)]);
            default:
                var known = new Seen([]);
                var starts = new int[rows.Count + 1];
                var codes = new List<int>();
                for (var row = 0; row < rows.Count; row++)
                {
                    codes.AddRange((rows[row].Cells[column].Codes ?? []).Select(known.Index));
                    starts[row + 1] = codes.Count;
                }

                return new CodesColumn(attribute.Name, known.List, starts, [.. codes]);
        }
    }

    /// <summary>Values in order of first sight.</summary>
    private sealed class Seen
    {
        private readonly Dictionary<string, int> index = new(StringComparer.Ordinal);

        public Seen(IEnumerable<string> first)
        {
            foreach (var value in first)
            {
                Index(value);
            }
        }

        public List<string> List { get; } = [];

        public int Index(string value)
        {
            if (!index.TryGetValue(value, out var at))
            {
                at = List.Count;
                index.Add(value, at);
                List.Add(value);
            }

            return at;
        }
    }
}
