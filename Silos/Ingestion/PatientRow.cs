using System.Globalization;
using System.Text;
using Silos.Ingestion.Definitions;

namespace Silos.Ingestion;

/// <summary>One patient of a dataset: the hospital's own id, and a cell an attribute in the definition's order.</summary>
/// <param name="Patient">The local id; it never leaves the hospital.</param>
public sealed record PatientRow(string Patient, IReadOnlyList<Cell> Cells)
{
    /// <summary>The bytes that a record commitment covers: RFC 8785 canonical JSON of the patient's id under the privacy unit's
    /// name and of every attribute that has a value. Integers are JSON numbers (strings from 2^53 on), decimals shortest plain
    /// strings, codes a sorted array; an attribute without a value is left out.</summary>
    public byte[] CanonicalBytes(DatasetDefinition definition)
    {
        var json = new StringBuilder(160);
        foreach (var (name, column) in definition.CanonicalOrder)
        {
            if (column >= 0 && Cells[column].Kind == CellKind.Null)
            {
                continue;
            }

            Quote(json.Append(json.Length == 0 ? '{' : ','), name);
            json.Append(':');
            if (column < 0)
            {
                Quote(json, Patient);
            }
            else
            {
                Write(json, definition.Attributes[column], Cells[column]);
            }
        }

        return Encoding.UTF8.GetBytes(json.Append('}').ToString());
    }

    private static void Write(StringBuilder json, AttributeDefinition attribute, Cell cell)
    {
        switch (cell.Kind)
        {
            case CellKind.Number when attribute.Type == AttributeType.WholeNumber && Math.Abs(cell.Ticks) < 1L << 53:
                json.Append(CultureInfo.InvariantCulture, $"{cell.Ticks}");
                break;
            case CellKind.Number:
                json.Append('"').Append(Shortest(cell.Ticks * attribute.Step)).Append('"');
                break;
            case CellKind.Codes:
                for (var i = 0; i < cell.Codes!.Count; i++)
                {
                    Quote(json.Append(i == 0 ? '[' : ','), cell.Codes[i]);
                }

                json.Append(']');
                break;
            default:
                Quote(json, cell.Text!);
                break;
        }
    }

    /// <summary>Shortest plain decimal: 7.20 is 7.2.</summary>
    internal static string Shortest(decimal value) => value.ToString("0.############################", CultureInfo.InvariantCulture);

    /// <summary>A string as RFC 8785 section 3.2.2.2 writes it.</summary>
    private static void Quote(StringBuilder json, string text)
    {
        json.Append('"');
        foreach (var c in text)
        {
            _ = c switch
            {
                '"' or '\\' => json.Append('\\').Append(c),
                '\b' => json.Append("\\b"),
                '\t' => json.Append("\\t"),
                '\n' => json.Append("\\n"),
                '\f' => json.Append("\\f"),
                '\r' => json.Append("\\r"),
                < ' ' => json.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => json.Append(c),
            };
        }

        json.Append('"');
    }
}
