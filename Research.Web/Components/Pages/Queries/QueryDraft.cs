using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Research.Web.Components.Pages.Queries;

/// <summary>A rule of the cohort as typed: numbers have bounds, categories and codes a list separated by commas.</summary>
/// <param name="Not">Must not, in place of must.</param>
public sealed record RuleDraft(string Attribute = "", bool Not = false, string AtLeast = "", string Below = "", string In = "");

/// <summary>A measure as typed: <c>mean</c>, <c>sum</c> or <c>quantile</c> of an attribute between two bounds.</summary>
public sealed record MeasureDraft(string Kind = "", string Attribute = "", string Lower = "", string Upper = "", string Q = "0.5");

/// <summary>
/// A question as typed into the simple form, and the query (FORMATS, "Query") that it says. Composing judges nothing: what is wrong, the
/// silo says by field, value and allowed range.
/// </summary>
/// <param name="Pure">Pure ε, without a δ.</param>
/// <param name="Json">The query as JSON, when it was written by hand; it wins over the form.</param>
public sealed record QueryDraft(
    IReadOnlyList<RuleDraft> Rules, IReadOnlyList<string> GroupBy, bool Count, IReadOnlyList<MeasureDraft> Measures, string Epsilon, bool Pure, string Json, bool Fresh)
{
    public const int MostRules = 4;
    public const int MostMeasures = 3;
    private const string Delta = "1e-6";

    /// <summary>How many patients, split by nothing, at the usual loss.</summary>
    public static QueryDraft Start { get; } = new([], [], true, [], "0.5", false, "", false);

    /// <summary>The fields of the simple form that somebody filled in, so that another form of the page can carry them along.</summary>
    public static IEnumerable<(string Name, string Value)> Typed(IFormCollection typed) =>
        from field in typed
        where field.Key.StartsWith("rule.", StringComparison.Ordinal) || field.Key.StartsWith("measure.", StringComparison.Ordinal) || field.Key is "groupBy" or "count" or "epsilon" or "pure" or "json" or "fresh"
        from value in field.Value
        where value is { Length: > 0 }
        select (field.Key, value);

    public static QueryDraft From(IFormCollection typed) => new(
        [.. Enumerable.Range(0, MostRules).Select(i => new RuleDraft(Text(typed, $"rule.{i}.attribute"), typed[$"rule.{i}.not"] == "true", Text(typed, $"rule.{i}.atLeast"), Text(typed, $"rule.{i}.below"), Text(typed, $"rule.{i}.in"))).Where(rule => rule.Attribute.Length > 0)],
        [.. typed["groupBy"].OfType<string>()],
        typed["count"] == "true",
        [.. Enumerable.Range(0, MostMeasures).Select(i => new MeasureDraft(Text(typed, $"measure.{i}.kind"), Text(typed, $"measure.{i}.attribute"), Text(typed, $"measure.{i}.lower"), Text(typed, $"measure.{i}.upper"), Text(typed, $"measure.{i}.q"))).Where(measure => measure.Kind.Length > 0)],
        Text(typed, "epsilon"),
        typed["pure"] == "true",
        Text(typed, "json"),
        typed["fresh"] == "true");

    /// <summary>The query; null when the JSON that was written by hand is none.</summary>
    public JsonObject? Compose()
    {
        if (Json.Length > 0)
        {
            try
            {
                return JsonNode.Parse(Json) as JsonObject;
            }
            catch (JsonException)
            {
                return null;
            }
        }

        var query = new JsonObject();
        if (Rules.Count > 0)
        {
            query["where"] = new JsonArray([.. Rules.Select(Condition)]);
        }

        if (GroupBy.Count > 0)
        {
            query["groupBy"] = new JsonArray([.. GroupBy.Select(name => JsonValue.Create(name))]);
        }

        query["measures"] = new JsonArray([.. (Count ? [new JsonObject { ["kind"] = "count" }] : Array.Empty<JsonNode>()), .. Measures.Select(Measure)]);
        query["loss"] = Pure ? new JsonObject { ["epsilon"] = Number(Epsilon) } : new JsonObject { ["epsilon"] = Number(Epsilon), ["delta"] = Number(Delta) };
        return query;
    }

    private static JsonNode Condition(RuleDraft rule)
    {
        var condition = new JsonObject { ["attribute"] = rule.Attribute };
        Put(condition, "atLeast", rule.AtLeast);
        Put(condition, "below", rule.Below);
        if (rule.In.Length > 0)
        {
            condition["in"] = new JsonArray([.. rule.In.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(value => JsonValue.Create(value))]);
        }

        return rule.Not ? new JsonObject { ["not"] = condition } : condition;
    }

    private static JsonNode Measure(MeasureDraft measure)
    {
        var json = new JsonObject { ["kind"] = measure.Kind, ["attribute"] = measure.Attribute };
        if (measure.Kind == "quantile")
        {
            Put(json, "q", measure.Q);
        }

        Put(json, "lower", measure.Lower);
        Put(json, "upper", measure.Upper);
        return json;
    }

    private static void Put(JsonObject json, string member, string text)
    {
        if (text.Length > 0)
        {
            json[member] = Number(text);
        }
    }

    /// <summary>A number as it was typed; other text stays text, so that the silo can name it.</summary>
    private static JsonNode? Number(string text) =>
        decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _) && TryParse(text) is { } number ? number : JsonValue.Create(text);

    private static JsonNode? TryParse(string text)
    {
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string Text(IFormCollection typed, string field) => typed[field].ToString().Trim();
}
