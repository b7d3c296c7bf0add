using System.Text;
using System.Text.Json.Nodes;

namespace StripeDouble;

/// <summary>Answers in Stripe's shapes.</summary>
internal static class Answers
{
    public static IResult Json(JsonObject body) => Results.Text(body.ToJsonString(), "application/json", Encoding.UTF8);

    public static IResult Missing(string kind, string id) => Door.Error(404, "invalid_request_error", $"No such {kind}: '{id}'", "resource_missing");

    public static string? OrNull(string? text) => string.IsNullOrEmpty(text) ? null : text;

    /// <summary>The members <c>prefix[name]</c> of a form.</summary>
    public static JsonObject Metadata(IFormCollection form, string prefix) => new(form
        .Where(pair => pair.Key.StartsWith(prefix + "[", StringComparison.Ordinal) && pair.Key.EndsWith(']') && !pair.Key[(prefix.Length + 1)..^1].Contains('['))
        .Select(pair => KeyValuePair.Create(pair.Key[(prefix.Length + 1)..^1], (JsonNode?)pair.Value.ToString())));
}
