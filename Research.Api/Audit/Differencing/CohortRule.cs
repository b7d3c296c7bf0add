using System.Globalization;
using System.Text.Json;

namespace Research.Api.Audit.Differencing;

/// <summary>One condition of a question's <c>where</c>, as far as the hub reads it.</summary>
/// <param name="About">The attribute or event that it is about.</param>
/// <param name="Text">Its canonical writing: two rules are one where these are equal.</param>
/// <param name="From">The least value, included; null for none, or where the rule is no range.</param>
/// <param name="Below">The bound from above, not included.</param>
/// <param name="In">The allowed values, in ordinal order; null where the rule lists none.</param>
/// <param name="Not">Whether the listed values are those that are not allowed.</param>
internal sealed record CohortRule(string About, string Text, decimal? From, decimal? Below, IReadOnlyList<string>? In, bool Not)
{
    /// <summary>The rules of a query, each once, in the order of their canonical writing; none for everybody.</summary>
    public static IReadOnlyList<CohortRule> Of(JsonElement query) =>
        query.ValueKind == JsonValueKind.Object && query.TryGetProperty("where", out var where) && where.ValueKind == JsonValueKind.Array
            ? [.. where.EnumerateArray().Select(rule => Read(rule, false)).DistinctBy(rule => rule.Text).OrderBy(rule => rule.Text, StringComparer.Ordinal)]
            : [];

    /// <summary>The rules of a cohort that <see cref="Cohort"/> wrote.</summary>
    public static IReadOnlyList<CohortRule> Again(string cohort)
    {
        using var rules = JsonDocument.Parse($"{{\"where\":{cohort}}}");
        return Of(rules.RootElement);
    }

    /// <summary>The canonical writing of a whole cohort.</summary>
    public static string Cohort(IEnumerable<CohortRule> rules) => "[" + string.Join(',', rules.Select(rule => rule.Text)) + "]";

    /// <summary>Whether everybody who satisfies this rule satisfies the other, as far as can be told from the two alone.</summary>
    public bool Within(CohortRule other) => About == other.About && (Text == other.Text || (In, other.In) switch
    {
        ({ } mine, { } its) => (Not, other.Not) switch
        {
            (false, false) => mine.All(its.Contains),
            (true, true) => its.All(mine.Contains),
            (false, true) => !mine.Any(its.Contains),
            _ => false,
        },
        (null, null) when IsRange && other.IsRange => (other.From is null || From >= other.From) && (other.Below is null || Below <= other.Below),
        _ => false,
    });

    /// <summary>Whether the two differ by one value, or by at most one at a bound.</summary>
    public bool OneStepFrom(CohortRule other) => (In, other.In) switch
    {
        ({ } mine, { } its) => Not == other.Not && mine.Except(its).Count() + its.Except(mine).Count() == 1,
        _ => IsRange && other.IsRange && Apart(From, other.From) + Apart(Below, other.Below) <= 1,
    };

    private bool IsRange => From is not null || Below is not null;

    private static decimal Apart(decimal? one, decimal? other) => one is null && other is null ? 0 : one is { } a && other is { } b ? Math.Abs(a - b) : decimal.MaxValue / 4;

    private static CohortRule Read(JsonElement rule, bool negated)
    {
        if (rule.ValueKind != JsonValueKind.Object)
        {
            return new CohortRule("", Canonical(rule), null, null, null, negated);
        }

        if (rule.TryGetProperty("not", out var inner) && rule.EnumerateObject().Count() == 1)
        {
            var turned = Read(inner, !negated);
            return turned.In is not null ? turned : turned with { Text = $"{{\"not\":{turned.Text}}}", From = null, Below = null };
        }

        var about = rule.TryGetProperty("attribute", out var attribute) ? attribute.ToString() : rule.TryGetProperty("event", out var happened) ? "event " + happened : "";
        var values = attribute.ValueKind == JsonValueKind.String && rule.TryGetProperty("in", out var list) && list.ValueKind == JsonValueKind.Array
            ? list.EnumerateArray().Select(value => value.ToString()).Distinct().Order(StringComparer.Ordinal).ToList()
            : null;
        var listed = $"{{\"attribute\":{JsonSerializer.Serialize(about)},\"in\":{JsonSerializer.Serialize(values)}}}";
        var text = values is null ? Canonical(rule) : negated ? $"{{\"not\":{listed}}}" : listed;
        return new CohortRule(about, text, Number(rule, "atLeast"), Number(rule, "below"), values, negated);
    }

    private static decimal? Number(JsonElement rule, string name) =>
        rule.TryGetProperty(name, out var number) && number.ValueKind == JsonValueKind.Number && number.TryGetDecimal(out var value) ? value : null;

    // Members in ordinal order, numbers without spare zeros.
    private static string Canonical(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Object => "{" + string.Join(',', json.EnumerateObject().OrderBy(member => member.Name, StringComparer.Ordinal).Select(member => $"{JsonSerializer.Serialize(member.Name)}:{Canonical(member.Value)}")) + "}",
        JsonValueKind.Array => "[" + string.Join(',', json.EnumerateArray().Select(Canonical)) + "]",
        JsonValueKind.Number when json.TryGetDecimal(out var value) => value.ToString("0.############", CultureInfo.InvariantCulture),
        _ => json.GetRawText(),
    };
}
