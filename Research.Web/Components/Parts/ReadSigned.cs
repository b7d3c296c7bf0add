using System.Text.Json;
using Research.Web.Hub;

namespace Research.Web.Components.Parts;

/// <summary>The signed record that a form brings: made in the browser, or signed elsewhere and uploaded.</summary>
internal static class ReadSigned
{
    private const int Largest = 64 * 1024;

    public static HubProblem Missing { get; } = new(422, "not-signed", "");

    /// <returns>The record as it came, unjudged; null when there is none or it is no JSON object.</returns>
    public static async Task<JsonElement?> FromAsync(HttpRequest request)
    {
        var form = await request.ReadFormAsync();
        var file = form.Files["signedFile"];
        if (file is { Length: > 0 and <= Largest })
        {
            await using var stream = file.OpenReadStream();
            using var reader = new StreamReader(stream);
            return Read(await reader.ReadToEndAsync());
        }

        return Read(form["signed"].ToString());
    }

    internal static JsonElement? Read(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<JsonElement>(text) is { ValueKind: JsonValueKind.Object } record ? record : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
