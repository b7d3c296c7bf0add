using System.Globalization;
using System.Text;

namespace Silos.Ingestion.Hl7;

/// <summary>One HL7 v2 message: segments of fields, repetitions, components and subcomponents, by the separators that its MSH declares.</summary>
/// <remarks>HL7 v2.5.1, chapter 2. Segments end with CR; LF and CRLF, which files often have, are taken too.</remarks>
public sealed class Hl7Message
{
    private readonly List<(long Line, string[] Fields)> segments;
    private readonly string separators;

    private Hl7Message(List<(long, string[])> segments, string separators)
    {
        this.segments = segments;
        this.separators = separators;
    }

    /// <summary>MSH-9: <c>ADT</c> and <c>A08</c>.</summary>
    public (string Code, string Event) Type => (Text("MSH", 9, 1), Text("MSH", 9, 2));

    /// <summary>MSH-10, the control id that an acknowledgement names.</summary>
    public string ControlId => Text("MSH", 10, 1);

    /// <summary>MSH-7 as it stands; messages are applied in its order.</summary>
    public string Sent => Text("MSH", 7, 1);

    /// <summary>Line of the MSH in its file, from 1.</summary>
    public long Line => segments[0].Line;

    /// <summary>Reads one message.</summary>
    /// <param name="firstLine">Line of its MSH in the file.</param>
    /// <returns>The message, or what is wrong with it.</returns>
    public static (Hl7Message? Message, string? Fault) Read(string text, long firstLine = 1)
    {
        var lines = text.Replace("\r\n", "\r", StringComparison.Ordinal).Replace('\n', '\r').Split('\r');
        var head = lines[0].TrimStart();
        if (!head.StartsWith("MSH", StringComparison.Ordinal) || head.Length < 9)
        {
            return (null, "does not begin with MSH and its separators");
        }

        var separators = head.Substring(3, 5);
        if (separators.Distinct().Count() < 5 && separators[3] != separators[4])
        {
            return (null, $"the separators {separators} are not different characters");
        }

        var segments = new List<(long, string[])>();
        for (var i = 0; i < lines.Length; i++)
        {
            var line = i == 0 ? head : lines[i].Trim(' ', '\0');
            if (line.Length == 0)
            {
                continue;
            }

            if (line.Length < 3 || !char.IsAsciiLetterUpper(line[0]) || (line.Length > 3 && line[3] != separators[0]))
            {
                return (null, $"line {firstLine + i} begins no segment");
            }

            var fields = line.Split(separators[0]);
            segments.Add((firstLine + i, i == 0 ? ["MSH", separators[..1], .. fields[1..]] : fields));
        }

        return (new Hl7Message(segments, separators), null);
    }

    /// <summary>The text of a field's component, unescaped; empty where it is absent.</summary>
    /// <param name="field">As HL7 counts: MSH-1 is the field separator.</param>
    /// <param name="component">From 1.</param>
    /// <param name="repetition">Of the field, from 0.</param>
    /// <param name="from">Look from this segment on; see <see cref="Segments"/>.</param>
    public string Text(string segment, int field, int component, int repetition = 0, int from = 0)
    {
        var at = segments.FindIndex(from, s => s.Fields[0] == segment);
        return at < 0 ? "" : TextAt(at, field, component, repetition);
    }

    /// <summary>Indexes of the segments with that name, in order; the name <c>*</c> gives all.</summary>
    public IEnumerable<int> Segments(string name) => Enumerable.Range(0, segments.Count).Where(i => name == "*" || segments[i].Fields[0] == name);

    public string NameAt(int segment) => segments[segment].Fields[0];

    public string TextAt(int segment, int field, int component, int repetition = 0)
    {
        var fields = segments[segment].Fields;
        if (field >= fields.Length)
        {
            return "";
        }

        var repetitions = fields[field].Split(separators[2]);
        if (fields[0] == "MSH" && field == 2)
        {
            return fields[field];
        }

        if (repetition >= repetitions.Length)
        {
            return "";
        }

        var components = repetitions[repetition].Split(separators[1]);
        return component > components.Length ? "" : Unescaped(components[component - 1].Split(separators[4])[0]).Trim();
    }

    public int Repetitions(int segment, int field) => field < segments[segment].Fields.Length ? segments[segment].Fields[field].Split(separators[2]).Length : 0;

    /// <summary>Escapes of section 2.7: separators, line breaks, hexadecimal bytes (UTF-8); highlighting is dropped.</summary>
    private string Unescaped(string text)
    {
        var escape = separators[3];
        if (!text.Contains(escape, StringComparison.Ordinal))
        {
            return text;
        }

        var plain = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            var end = text[i] == escape ? text.IndexOf(escape, i + 1) : -1;
            if (end < 0)
            {
                plain.Append(text[i]);
                continue;
            }

            plain.Append(Meaning(text[(i + 1)..end]));
            i = end;
        }

        return plain.ToString();
    }

    private string Meaning(string code) => code switch
    {
        "F" => separators[..1],
        "S" => separators[1..2],
        "R" => separators[2..3],
        "E" => separators[3..4],
        "T" => separators[4..],
        ".br" => "\n",
        _ when code.StartsWith('X') && code.Length % 2 == 1 && code.AsSpan(1).ToArray().All(char.IsAsciiHexDigit) => Encoding.UTF8.GetString(Convert.FromHexString(code[1..])),
        _ => "",
    };

    /// <summary>An HL7 timestamp (<c>yyyy[MM[dd[HHmm[ss[.f]]]]][±zzzz]</c>) as FHIR writes it, or null.</summary>
    internal static string? FhirTime(string text)
    {
        var zone = text.IndexOfAny(['+', '-']);
        var (digits, offset) = zone < 0 ? (text, "Z") : (text[..zone], text[zone..]);
        digits = digits.Split('.')[0];
        if (digits.Length is not (4 or 6 or 8 or 10 or 12 or 14) || digits.Any(c => !char.IsAsciiDigit(c)) || (offset != "Z" && offset.Length != 5))
        {
            return null;
        }

        var day = digits.Length == 4 ? digits : digits.Length == 6 ? $"{digits[..4]}-{digits[4..]}" : $"{digits[..4]}-{digits[4..6]}-{digits[6..8]}";
        if (digits.Length > 8)
        {
            var clock = digits[8..].PadRight(6, '0');
            day += string.Create(CultureInfo.InvariantCulture, $"T{clock[..2]}:{clock[2..4]}:{clock[4..6]}{(offset == "Z" ? offset : $"{offset[..3]}:{offset[3..]}")}");
        }

        return FhirDate.TryParse(day, out _) ? day : null;
    }
}
