using System.Text.Json;
using Research.Api.Protocol;
using Research.Web.Components.Parts;
using Research.Web.Hub;

namespace Research.Web.Components.Pages.MyData;

/// <summary>What one hospital said to a deny.</summary>
/// <param name="Expected">The number that it expects in place of the one that was signed; null when that was not the reason.</param>
internal sealed record StopOutcome(bool Recorded, JsonElement Signed, int? Expected, string Reason);

/// <summary>A deny for every hospital at once: each gets its own record, and answers for itself.</summary>
internal static class StopAll
{
    /// <summary>The signed records that the form brings: an array made in the browser, or one that was signed elsewhere and uploaded.</summary>
    public static async Task<IReadOnlyList<JsonElement>> ReadAsync(HttpRequest request)
    {
        var form = await request.ReadFormAsync();
        var text = form["signed"].ToString();
        if (form.Files["signedFile"] is { Length: > 0 and <= 256 * 1024 } file)
        {
            using var reader = new StreamReader(file.OpenReadStream());
            text = await reader.ReadToEndAsync();
        }

        try
        {
            return JsonSerializer.Deserialize<JsonElement>(text) switch
            {
                { ValueKind: JsonValueKind.Array } many => [.. many.EnumerateArray()],
                { ValueKind: JsonValueKind.Object } one => [one],
                _ => [],
            };
        }
        catch (JsonException)
        {
            return [];
        }
    }

    public static async Task<Dictionary<MyHospital, StopOutcome>> SendAsync(HubClient hub, Research.Api.Protocol.MyData mine, IReadOnlyList<JsonElement> signed)
    {
        Dictionary<MyHospital, StopOutcome> outcomes = [];
        foreach (var hospital in mine.Hospitals)
        {
            if (signed.FirstOrDefault(record => record.Member("body")?.Text("silo") == hospital.Silo) is { ValueKind: JsonValueKind.Object } record)
            {
                var said = await hub.PostAsync<IReadOnlyList<DirectiveResult>>(HubRoutes.MyDirectives, new DirectiveRelay(hospital.Silo, [record]));
                var result = said.Value is [var only] ? only : new DirectiveResult(false, said.Problem?.Detail);
                outcomes[hospital] = new StopOutcome(result.Recorded, record, Directives.Expected(result.Reason), result.Reason ?? "");
            }
        }

        return outcomes;
    }
}
