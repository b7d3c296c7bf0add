using System.Globalization;
using System.Text;
using System.Text.Json;
using Silos.Ingestion.Definitions;

namespace Silos.Ingestion;

/// <summary>One patient of a dataset: the hospital's own id, and a cell an attribute in the definition's order.</summary>
/// <param name="Patient">The local id; it never leaves the hospital.</param>
public sealed record PatientRow(string Patient, IReadOnlyList<Cell> Cells)
{
    /// <summary>The dated events that the definition asks for, by day, kind and code; none where it asks for none.</summary>
    public IReadOnlyList<PatientEvent> Events { get; init; } = [];

    /// <summary>When the records were collected that fed each cell, in the definition's order; empty where no attribute's records are dated.</summary>
    public IReadOnlyList<RecordSpan> Collected { get; init; } = [];

    /// <summary>When the records were collected that fed this attribute. A value without a known date is <see cref="RecordSpan.Unknown"/>.</summary>
    public RecordSpan CollectedFor(int column, DatasetDefinition definition) =>
        column < Collected.Count && Collected[column] != RecordSpan.None ? Collected[column]
        : IsEmpty(Cells[column], definition.Attributes[column].From.Take) ? RecordSpan.None
        : RecordSpan.Unknown;

    /// <summary>The bytes that a record commitment covers: RFC 8785 canonical JSON of the patient's id under the privacy unit's
    /// name and of every attribute that has a value. Integers are JSON numbers (strings from 2^53 on), decimals shortest plain
    /// strings, codes a sorted array, events a list of [kind, day, code], collected a list of [first day, last day] by attribute;
    /// an attribute without a value is left out.</summary>
    public byte[] CanonicalBytes(DatasetDefinition definition)
    {
        var json = new StringBuilder(160);
        foreach (var (name, column) in definition.CanonicalOrder)
        {
            if (column switch
                {
                    >= 0 => Cells[column].Kind == CellKind.Null,
                    DatasetDefinition.EventsColumn => Events.Count == 0,
                    DatasetDefinition.CollectedColumn => !Collected.Any(span => span.IsKnown),
                    _ => false,
                })
            {
                continue;
            }

            Quote(json.Append(json.Length == 0 ? '{' : ','), name);
            json.Append(':');
            if (column == DatasetDefinition.EventsColumn)
            {
                Write(json, Events);
            }
            else if (column == DatasetDefinition.CollectedColumn)
            {
                WriteCollected(json, definition);
            }
            else if (column < 0)
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

    /// <summary>Reads the bytes back.</summary>
    /// <exception cref="JsonException">They are no record of this definition.</exception>
    public static PatientRow Read(byte[] canonical, DatasetDefinition definition)
    {
        using var json = JsonDocument.Parse(canonical);
        var root = json.RootElement;
        var patient = root.TryGetProperty(definition.PrivacyUnit, out var unit) ? unit.GetString() : null;
        return new PatientRow(
            patient ?? throw new JsonException("a record names no patient"),
            [.. definition.Attributes.Select(attribute => root.TryGetProperty(attribute.Name, out var value) ? Read(attribute, value) : Cell.Null)])
        {
            Events = definition.Events.Count > 0 && root.TryGetProperty(DatasetDefinition.EventsMember, out var events)
                ? [.. events.EnumerateArray().Select(one => new PatientEvent(one[0].GetString()!, one.GetArrayLength() > 2 ? one[2].GetString() : null, DateOnly.ParseExact(one[1].GetString()!, "yyyy-MM-dd", CultureInfo.InvariantCulture)))]
                : [],
            Collected = root.TryGetProperty(DatasetDefinition.CollectedMember, out var collected) && collected.ValueKind == JsonValueKind.Object
                ? [.. definition.Attributes.Select(attribute => collected.TryGetProperty(attribute.Name, out var span) ? RecordSpan.Read(span[0].GetString()!, span[1].GetString()!) : RecordSpan.None)]
                : [],
        };
    }

    /// <summary>Whether the cell says that there was no record at all.</summary>
    private static bool IsEmpty(Cell cell, Take take) =>
        cell.Kind == CellKind.Null || (take == Take.Count && cell.Ticks == 0) || (take == Take.Any && cell.Text == "no");

    private void WriteCollected(StringBuilder json, DatasetDefinition definition)
    {
        var spans = definition.Attributes.Select((attribute, column) => (attribute.Name, Span: Collected[column])).Where(one => one.Span.IsKnown).OrderBy(one => one.Name, StringComparer.Ordinal);
        var first = true;
        foreach (var (name, span) in spans)
        {
            Quote(json.Append(first ? '{' : ','), name);
            json.Append(CultureInfo.InvariantCulture, $":[\"{span.First:yyyy-MM-dd}\",\"{span.Last:yyyy-MM-dd}\"]");
            first = false;
        }

        json.Append('}');
    }

    private static Cell Read(AttributeDefinition attribute, JsonElement value) => attribute.Type switch
    {
        AttributeType.WholeNumber or AttributeType.DecimalNumber => Cell.Number(decimal.ToInt64(
            (value.ValueKind == JsonValueKind.String ? decimal.Parse(value.GetString()!, NumberStyles.Float, CultureInfo.InvariantCulture) : value.GetDecimal()) / attribute.Step)),
        AttributeType.Category => Cell.Category(value.GetString()!),
        _ => Cell.Set(value.EnumerateArray().Select(code => code.GetString()!)),
    };

    private static void Write(StringBuilder json, IReadOnlyList<PatientEvent> events)
    {
        for (var i = 0; i < events.Count; i++)
        {
            Quote(json.Append(i == 0 ? '[' : ',').Append('['), events[i].Kind);
            json.Append(CultureInfo.InvariantCulture, $",\"{events[i].Day:yyyy-MM-dd}\"");
            if (events[i].Code is { } code)
            {
                Quote(json.Append(','), code);
            }

            json.Append(']');
        }

        json.Append(']');
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

    /// <summary>A string as canonical JSON.</summary>
    internal static string Quoted(string text)
    {
        var json = new StringBuilder(text.Length + 2);
        Quote(json, text);
        return json.ToString();
    }

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

/// <summary>Something that happened to a patient on a day.</summary>
/// <param name="Kind">A name among the definition's events.</param>
/// <param name="Code">Null for kinds without codes.</param>
public readonly record struct PatientEvent(string Kind, string? Code, DateOnly Day);
