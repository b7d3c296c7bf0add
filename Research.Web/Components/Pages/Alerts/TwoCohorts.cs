using System.Text.Json;

namespace Research.Web.Components.Pages.Alerts;

/// <summary>The rules of two cohorts, parted into those that both have and those that one alone has.</summary>
internal sealed record TwoCohorts(IReadOnlyList<JsonElement> Both, IReadOnlyList<JsonElement> First, IReadOnlyList<JsonElement> Second)
{
    /// <param name="first">The rules as a JSON array in canonical writing: equal rules are equal texts.</param>
    /// <param name="second">The same; empty where there is no other cohort.</param>
    public static TwoCohorts Of(string first, string second)
    {
        var (mine, its) = (Read(first), Read(second));
        return new([.. mine.Where(rule => Holds(its, rule))], [.. mine.Where(rule => !Holds(its, rule))], [.. its.Where(rule => !Holds(mine, rule))]);
    }

    private static bool Holds(IEnumerable<JsonElement> rules, JsonElement rule) => rules.Any(one => one.GetRawText() == rule.GetRawText());

    private static List<JsonElement> Read(string cohort)
    {
        try
        {
            return cohort.Length > 0 && JsonSerializer.Deserialize<JsonElement>(cohort) is { ValueKind: JsonValueKind.Array } rules ? [.. rules.EnumerateArray()] : [];
        }
        catch (JsonException)
        {
            return [];
        }
    }
}
