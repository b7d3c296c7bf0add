using System.Text.Json;

namespace Anonymizer.DifferentialPrivacy.Queries;

/// <summary>The members of one JSON object, read strictly: unknown and repeated members and wrong kinds are refused by name.</summary>
internal readonly struct Fields
{
    private readonly string path;
    private readonly Dictionary<string, JsonElement> members;

    public Fields(JsonElement element, string path, params ReadOnlySpan<string> known)
    {
        this.path = path;
        members = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        if (element.ValueKind != JsonValueKind.Object)
        {
            throw new InputException(path.Length == 0 ? "document" : path, element.GetRawText(), "a JSON object is needed");
        }

        foreach (var member in element.EnumerateObject())
        {
            if (known.Length > 0 && !known.Contains(member.Name))
            {
                throw new InputException(At(member.Name), "an unknown member", $"known are {string.Join(", ", known!)}");
            }

            if (!members.TryAdd(member.Name, member.Value))
            {
                throw new InputException(At(member.Name), "a repeated member", "each member is given once");
            }
        }
    }

    public IEnumerable<string> Names => members.Keys;

    public string At(string name) => path.Length == 0 ? name : $"{path}.{name}";

    public bool Has(string name) => members.TryGetValue(name, out var value) && value.ValueKind != JsonValueKind.Null;

    public JsonElement Element(string name) =>
        Has(name) ? members[name] : throw new InputException(At(name), "nothing", "this member is needed");

    public string Text(string name) => Text(Element(name), At(name));

    public Rational Number(string name) => Number(Element(name), At(name));

    public int Count(string name, int otherwise, int most)
    {
        if (!Has(name))
        {
            return otherwise;
        }

        var value = Number(name);
        return value.IsInteger && value >= 1 && value <= most
            ? (int)value.Numerator
            : throw new InputException(At(name), value.ToString(), $"a whole number from 1 to {most} is needed");
    }

    public IEnumerable<(JsonElement Element, string Path)> List(string name)
    {
        if (!Has(name))
        {
            yield break;
        }

        var element = Element(name);
        if (element.ValueKind != JsonValueKind.Array)
        {
            throw new InputException(At(name), element.GetRawText(), "a list is needed");
        }

        var index = 0;
        foreach (var item in element.EnumerateArray())
        {
            yield return (item, $"{At(name)}[{index++}]");
        }
    }

    public IReadOnlyList<string> Texts(string name) => [.. List(name).Select(item => Text(item.Element, item.Path))];

    public static string Text(JsonElement element, string path)
    {
        if (element.ValueKind != JsonValueKind.String)
        {
            throw new InputException(path, element.GetRawText(), "a text is needed");
        }

        try
        {
            return element.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw new InputException(path, element.GetRawText(), "a text of valid Unicode is needed");
        }
    }

    /// <summary>A JSON number, or the same as a text (the canonical form writes fractions so).</summary>
    public static Rational Number(JsonElement element, string path)
    {
        var text = element.ValueKind == JsonValueKind.String ? Text(element, path) : element.GetRawText();
        return element.ValueKind is JsonValueKind.Number or JsonValueKind.String && !text.Contains('/', StringComparison.Ordinal) && Rational.TryParse(text, out var value)
            ? value
            : throw new InputException(path, element.GetRawText(), $"a finite decimal number of at most {Rational.MaxExponent} places is needed");
    }
}
