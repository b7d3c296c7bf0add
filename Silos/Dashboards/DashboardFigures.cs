using System.Text.Json;
using Silos.Protocol;

namespace Silos.Dashboards;

/// <summary>Reads released answers into the rows that pages show. Post-processing of what was released: it costs nothing and looks at no record. Pure.</summary>
public static class DashboardFigures
{
    /// <summary>A row for each region, and one for each of its ages.</summary>
    public static IReadOnlyList<DashboardRow> Rows(DashboardDefinition definition, JsonElement people, JsonElement chronic)
    {
        var (all, ill) = (ByRegion(people, definition.Region), ByRegion(chronic, definition.Region));
        var rows = new List<DashboardRow>();
        foreach (var (region, group) in all)
        {
            var other = ill.GetValueOrDefault(region);
            rows.Add(Row(region, null, null, Number(group, "count"), Number(other, "count")));
            for (var band = 0; band + 1 < definition.Ages.Count; band++)
            {
                rows.Add(Row(region, definition.Ages[band], definition.Ages[band + 1], Bin(group, definition.Age, band), Bin(other, definition.Age, band)));
            }
        }

        return rows;
    }

    /// <summary>Cases by region; null where the figure is under the floor.</summary>
    public static IReadOnlyDictionary<string, NoisyNumber?> Cases(DashboardDefinition definition, JsonElement signal) =>
        ByRegion(signal, definition.Region).ToDictionary(pair => pair.Key, pair => Number(pair.Value, "count"));

    /// <summary>The count of an answer without groups; null where it was under the floor.</summary>
    public static NoisyNumber? Count(JsonElement answer) =>
        answer.GetProperty("groups").EnumerateArray().FirstOrDefault() is { ValueKind: JsonValueKind.Object } group ? Number(group, "count") : null;

    /// <summary>Share of a noisy part in a noisy whole: the extremes of both intervals, cut to 0 and 1. Each covers in 95 of 100 cases, so both do in at least 90.</summary>
    /// <returns>Null when a part is missing, or the whole may be nothing.</returns>
    public static NoisyNumber? Rate(NoisyNumber? part, NoisyNumber? whole) =>
        part is null || whole is null || whole.Low <= 0
            ? null
            : new NoisyNumber(Share(part.Value, whole.Value), Share(part.Low, whole.High), Share(part.High, whole.Low));

    private static double Share(double part, double whole) => Math.Round(Math.Clamp(part / whole, 0, 1), 4);

    private static DashboardRow Row(string region, int? from, int? below, NoisyNumber? people, NoisyNumber? chronic) =>
        new(region, from, below, people, chronic, Rate(chronic, people));

    private static Dictionary<string, JsonElement> ByRegion(JsonElement answer, string region) =>
        answer.GetProperty("groups").EnumerateArray().ToDictionary(group => group.GetProperty("key").GetProperty(region).GetString()!);

    private static NoisyNumber? Bin(JsonElement group, string age, int band) =>
        group.ValueKind == JsonValueKind.Object && group.TryGetProperty("histogram:" + age, out var histogram) ? Cell(histogram.GetProperty("bins")[band]) : null;

    private static NoisyNumber? Number(JsonElement group, string measure) =>
        group.ValueKind == JsonValueKind.Object && group.TryGetProperty(measure, out var cell) ? Cell(cell) : null;

    private static NoisyNumber? Cell(JsonElement cell) => cell.TryGetProperty("value", out var value)
        ? new NoisyNumber(value.GetDouble(), Math.Max(0, cell.GetProperty("interval95")[0].GetDouble()), cell.GetProperty("interval95")[1].GetDouble())
        : null;
}
