using System.Text.Json;
using Research.Web.Components.Parts;

namespace Research.Web.Components.Pages.Queries;

/// <summary>A released number with its interval; null numbers where the cell is not shown.</summary>
/// <param name="Label">The bin of a histogram; empty for a plain number.</param>
public sealed record ShownCell(string Label, decimal? Value, decimal? Low, decimal? High);

/// <summary>One group: its key in words, and its cells by measure.</summary>
public sealed record ShownGroup(IReadOnlyList<(string Attribute, string Value)> Key, bool Suppressed, IReadOnlyDictionary<string, IReadOnlyList<ShownCell>> Cells)
{
    /// <summary>The key's values, or null for everybody.</summary>
    public string? Label => Key.Count == 0 ? null : string.Join(" · ", Key.Select(part => part.Value));
}

/// <summary>An answer as the page shows it.</summary>
/// <param name="Measures">Names of the measures, in the order of their first appearance.</param>
public sealed record ShownAnswer(IReadOnlyList<ShownGroup> Groups, IReadOnlyList<string> Measures, JsonElement Charged, JsonElement? Remaining, JsonElement? Receipt, JsonElement? First)
{
    /// <summary>What a chart draws: per measure, bars with their intervals, and nothing where a cell is not shown.</summary>
    public string ChartOf(string measure, string everybody) => JsonSerializer.Serialize(
        Groups.SelectMany(group => group.Cells.GetValueOrDefault(measure, []).Select(cell => new
        {
            label = cell.Label.Length == 0 ? group.Label ?? everybody : group.Label is null ? cell.Label : group.Label + " · " + cell.Label,
            value = cell.Value,
            low = cell.Low,
            high = cell.High,
        })));
}

/// <summary>Reads an answer (FORMATS, "Answer").</summary>
internal static class ReadAnswer
{
    /// <returns>Null when the text is no answer.</returns>
    public static ShownAnswer? From(string body)
    {
        try
        {
            var json = JsonSerializer.Deserialize<JsonElement>(body);
            List<ShownGroup> groups = [.. json.Items("groups").Select(Group)];
            return json.Member("charged") is not { } charged ? null : new ShownAnswer(
                groups, [.. groups.SelectMany(group => group.Cells.Keys).Distinct()], charged, json.Member("remaining"), json.Member("receipt"), json.Member("first"));
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static ShownGroup Group(JsonElement group) => new(
        group.Member("key") is { ValueKind: JsonValueKind.Object } key ? [.. key.EnumerateObject().Select(part => (part.Name, part.Value.ToString()))] : [],
        group.Member("suppressed") is { ValueKind: JsonValueKind.True },
        group.EnumerateObject().Where(member => member.Name is not ("key" or "suppressed")).ToDictionary(member => member.Name, member => Cells(member.Value)));

    private static IReadOnlyList<ShownCell> Cells(JsonElement cell) =>
        cell.Member("bins") is { ValueKind: JsonValueKind.Array } bins ? [.. bins.EnumerateArray().Select(bin => Cell(bin, Label(bin)))] : [Cell(cell, "")];

    private static ShownCell Cell(JsonElement cell, string label) =>
        cell.Member("interval95") is { ValueKind: JsonValueKind.Array } interval && cell.Member("value") is { ValueKind: JsonValueKind.Number } value
            ? new(label, value.GetDecimal(), interval[0].GetDecimal(), interval[1].GetDecimal())
            : new(label, null, null, null);

    private static string Label(JsonElement bin) =>
        string.Join("–", bin.EnumerateObject().Where(member => member.Name is not ("value" or "interval95" or "suppressed")).Select(member => member.Value.ToString()));
}
