using System.Globalization;
using System.Text.Json;

namespace Research.Web.Components.Parts;

/// <summary>How privacy losses are shown. Figures come from the hub; here they are only rewritten.</summary>
internal static class Amounts
{
    /// <summary>Nano-ρ (decimal string) as ρ.</summary>
    public static decimal Rho(string? nano) => ulong.TryParse(nano, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value / 1_000_000_000m : 0;

    /// <summary>Share of the cap, from 0 to 100.</summary>
    public static int Percent(string? part, string? whole) =>
        ulong.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var some) && ulong.TryParse(whole, NumberStyles.None, CultureInfo.InvariantCulture, out var all) && all > 0
            ? (int)Math.Min(100, some * 100m / all)
            : 0;

    /// <summary>How many charges of this size fit into what is left.</summary>
    public static long Times(string? left, string? charge) =>
        ulong.TryParse(left, NumberStyles.None, CultureInfo.InvariantCulture, out var some) && ulong.TryParse(charge, NumberStyles.None, CultureInfo.InvariantCulture, out var one) && one > 0
            ? (long)Math.Min(some / one, long.MaxValue)
            : 0;

    /// <summary>Of 100 guesses at whether somebody took part, how many may be right: e^ε/(1+e^ε), rounded up (arXiv 2303.00738).</summary>
    public static int Odds(double epsilon) => (int)Math.Ceiling(100 / (1 + Math.Exp(-epsilon)));

    /// <summary>A member's text, or null.</summary>
    public static string? Text(this JsonElement json, string member) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    /// <summary>A member that is an object or an array, or null.</summary>
    public static JsonElement? Member(this JsonElement json, string member) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(member, out var value) ? value : null;

    /// <summary>The elements of a member that is an array; none for anything else.</summary>
    public static IEnumerable<JsonElement> Items(this JsonElement json, string member) =>
        json.Member(member) is { ValueKind: JsonValueKind.Array } array ? array.EnumerateArray() : [];
}
