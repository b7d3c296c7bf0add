using System.Text.Json.Nodes;
using Silos.Consents;
using Silos.Ingestion;
using Silos.Ledger.Records;

namespace Silos.Tests.Consents;

/// <summary>The hand-made truth: what a patient chose in one dimension, what is asked in it, and whether that alone keeps her in or out.</summary>
internal sealed record Choice(string Dimension, string Case, JsonObject Chosen, JsonObject Use, bool Expected)
{
    /// <summary>The moment at which every case is asked.</summary>
    public static DateTimeOffset Now { get; } = new(2026, 6, 15, 8, 0, 0, TimeSpan.Zero);

    public static Hash32 Register { get; } = Hash32.Of("researchhub.example/this");

    public static IReadOnlyList<Choice> All { get; } =
        [.. Rows("choices.csv").Skip(1).Select(row => new Choice(row[0], row[1], JsonNode.Parse(row[2])!.AsObject(), JsonNode.Parse(row[3])!.AsObject(), row[4] == "in"))];

    /// <summary>A data file's rows without its header.</summary>
    public static IEnumerable<IReadOnlyList<string>> Rows(string file)
    {
        using var stream = typeof(Choice).Assembly.GetManifestResourceStream("Consents." + file) ?? throw new FileNotFoundException(file);
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            yield return Fields(line);
        }
    }

    /// <summary>A directive that permits everything, of everything, for ever, but for these choices.</summary>
    public static JsonObject Directive(params IEnumerable<JsonObject> chosen)
    {
        var body = CanonicalJson.ToJson(new Directive(
            "31337", "0x" + new string('a', 40), Base64Text.Encode(new byte[16]), "subject", Register, 1, "permit", [Duo.NoRestriction], ["non-profit", "for-profit"], ["*"], ["statistics", "file"],
            "2026-01-01T08:00:00.000Z", new ConsentText(Hash32.Of("words"), "en", "1")));
        foreach (var (name, value) in chosen.SelectMany(one => one))
        {
            body[name] = name == "silo" ? (value!.GetValue<string>() == "this" ? Register : Hash32.Of("another")).ToString() : value?.DeepClone();
        }

        return body;
    }

    /// <summary>Whether the register's own decision lets her in.</summary>
    public static bool IsIn(JsonObject directive, params IEnumerable<JsonObject> uses)
    {
        var use = Merged(uses);
        return ConsentMatch.Permits(ConsentMatch.Read(directive), Asked([use]), Span(use["collected"]), Now);
    }

    /// <summary>What is asked, with what these say of it.</summary>
    public static ProposedUse Asked(IEnumerable<JsonObject> uses)
    {
        var use = Merged(uses);
        return new ProposedUse(
            Register,
            use["purpose"]?.GetValue<string>() ?? Duo.GeneralResearchUse,
            use["user"]?.GetValue<string>() ?? "non-profit",
            use["country"]?.GetValue<string>() ?? "BR",
            use["application"]?.GetValue<string>() ?? "app-1",
            use["output"]?.GetValue<string>() ?? "statistics",
            use["categories"]?.AsArray().Select(one => one?.GetValue<string>()).ToList() ?? [],
            use["disease"]?.GetValue<string>());
    }

    private static JsonObject Merged(IEnumerable<JsonObject> uses)
    {
        var use = new JsonObject();
        foreach (var (name, value) in uses.SelectMany(one => one))
        {
            use[name] = value?.DeepClone();
        }

        return use;
    }

    private static RecordSpan Span(JsonNode? collected) => collected switch
    {
        null => RecordSpan.None,
        JsonArray days => RecordSpan.Read(days[0]!.GetValue<string>(), days[1]!.GetValue<string>()),
        _ => RecordSpan.Unknown,
    };

    private static List<string> Fields(string line)
    {
        var (fields, field, quoted) = (new List<string>(), new System.Text.StringBuilder(), false);
        for (var i = 0; i < line.Length; i++)
        {
            if (line[i] == '"' && quoted && i + 1 < line.Length && line[i + 1] == '"')
            {
                field.Append(line[++i]);
            }
            else if (line[i] == '"')
            {
                quoted = !quoted;
            }
            else if (line[i] == ',' && !quoted)
            {
                fields.Add(field.ToString());
                field.Clear();
            }
            else
            {
                field.Append(line[i]);
            }
        }

        fields.Add(field.ToString());
        return fields;
    }
}
