using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Research.Web.Components.Pages.Queries;

/// <summary>A rule of the cohort as typed: numbers have bounds, categories and codes a list separated by commas.</summary>
/// <param name="Not">Must not, in place of must.</param>
public sealed record RuleDraft(string Attribute = "", bool Not = false, string AtLeast = "", string Below = "", string In = "");

/// <summary>A rule on events as typed: how many at least, of which codes, within which days, and what must follow.</summary>
/// <param name="Then">A kind of event that must follow within <paramref name="Days"/>; then the number and the dates are not asked.</param>
public sealed record EventDraft(string Kind = "", bool Not = false, string In = "", string AtLeast = "", string Days = "", string From = "", string Before = "", string Then = "");

/// <summary>A measure as typed: <c>mean</c>, <c>sum</c> or <c>quantile</c> of an attribute between two bounds.</summary>
public sealed record MeasureDraft(string Kind = "", string Attribute = "", string Lower = "", string Upper = "", string Q = "0.5");

/// <summary>
/// A question as typed into the simple form, and the query (FORMATS, "Query") that it says. Composing judges nothing: what is wrong, the
/// silo says by field, value and allowed range.
/// </summary>
/// <param name="Pure">Pure ε, without a δ.</param>
/// <param name="Json">The query as JSON, when it was written by hand; it wins over the form.</param>
public sealed record QueryDraft(
    IReadOnlyList<RuleDraft> Rules, IReadOnlyList<EventDraft> Events, IReadOnlyList<string> GroupBy, bool Count, IReadOnlyList<MeasureDraft> Measures, string Epsilon, bool Pure, string Json, bool Fresh)
{
    public const int MostRules = 4;
    public const int MostEvents = 3;
    public const int MostMeasures = 3;
    private const string Delta = "1e-6";

    /// <summary>How many patients, split by nothing, at the usual loss.</summary>
    public static QueryDraft Start { get; } = new([], [], [], true, [], "0.5", false, "", false);

    /// <summary>The fields of the simple form that somebody filled in, so that another form of the page can carry them along.</summary>
    public static IEnumerable<(string Name, string Value)> Typed(IFormCollection typed) =>
        from field in typed
        where field.Key.StartsWith("rule.", StringComparison.Ordinal) || field.Key.StartsWith("event.", StringComparison.Ordinal) || field.Key.StartsWith("measure.", StringComparison.Ordinal) || field.Key is "groupBy" or "count" or "epsilon" or "pure" or "json" or "fresh"
        from value in field.Value
        where value is { Length: > 0 }
        select (field.Key, value);

    /// <param name="rows">Whether rows that say nothing are kept, so that each stays where it was typed.</param>
    public static QueryDraft From(IFormCollection typed, bool rows = false) => new(
        [.. Enumerable.Range(0, MostRules).Select(i => new RuleDraft(Text(typed, $"rule.{i}.attribute"), typed[$"rule.{i}.not"] == "true", Text(typed, $"rule.{i}.atLeast"), Text(typed, $"rule.{i}.below"), Codes(typed, $"rule.{i}"))).Where(rule => rows || rule.Attribute.Length > 0)],
        [.. Enumerable.Range(0, MostEvents).Select(i => new EventDraft(Text(typed, $"event.{i}.kind"), typed[$"event.{i}.not"] == "true", Codes(typed, $"event.{i}"), Text(typed, $"event.{i}.atLeast"), Text(typed, $"event.{i}.days"), Text(typed, $"event.{i}.from"), Text(typed, $"event.{i}.before"), Text(typed, $"event.{i}.then"))).Where(rule => rows || rule.Kind.Length > 0)],
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
        if (Where() is { Count: > 0 } where)
        {
            query["where"] = where;
        }

        if (GroupBy.Count > 0)
        {
            query["groupBy"] = new JsonArray([.. GroupBy.Select(name => JsonValue.Create(name))]);
        }

        query["measures"] = new JsonArray([.. (Count ? [new JsonObject { ["kind"] = "count" }] : Array.Empty<JsonNode>()), .. Measures.Select(Measure)]);
        query["loss"] = Pure ? new JsonObject { ["epsilon"] = Number(Epsilon) } : new JsonObject { ["epsilon"] = Number(Epsilon), ["delta"] = Number(Delta) };
        return query;
    }

    /// <summary>The cohort's rules in the order in which they were typed.</summary>
    public JsonArray Where() => new([.. Rules.Select(Condition), .. Events.Select(OnEvents)]);

    private static JsonNode OnEvents(EventDraft rule)
    {
        var condition = new JsonObject { ["event"] = rule.Kind };
        PutList(condition, rule.In);
        if (rule.Then.Length > 0)
        {
            var then = new JsonObject { ["event"] = rule.Then };
            Put(then, "withinDays", rule.Days);
            condition["then"] = then;
        }
        else
        {
            Put(condition, "atLeast", rule.AtLeast);
            Put(condition, "withinDays", rule.Days);
            PutText(condition, "from", rule.From);
            PutText(condition, "before", rule.Before);
        }

        return rule.Not ? new JsonObject { ["not"] = condition } : condition;
    }

    private static JsonNode Condition(RuleDraft rule)
    {
        var condition = new JsonObject { ["attribute"] = rule.Attribute };
        Put(condition, "atLeast", rule.AtLeast);
        Put(condition, "below", rule.Below);
        PutList(condition, rule.In);
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

    private static void PutList(JsonObject json, string typed)
    {
        if (typed.Length > 0)
        {
            json["in"] = new JsonArray([.. typed.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(value => JsonValue.Create(value))]);
        }
    }

    private static void PutText(JsonObject json, string member, string text)
    {
        if (text.Length > 0)
        {
            json[member] = text;
        }
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

    /// <summary>Whether all these codes are listed already.</summary>
    public static bool Lists(string listed, IEnumerable<string> codes) => codes.All(Split(listed).Contains);

    private static string[] Split(string listed) => listed.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The codes that were typed, then those that were ticked, each once.</summary>
    private static string Codes(IFormCollection typed, string rule) =>
        typed[rule + ".add"].Count == 0 ? Text(typed, rule + ".in") : string.Join(", ", Split(Text(typed, rule + ".in")).Concat(typed[rule + ".add"].OfType<string>().SelectMany(Split)).Distinct(StringComparer.Ordinal));

    private static string Text(IFormCollection typed, string field) => typed[field].ToString().Trim();
}
