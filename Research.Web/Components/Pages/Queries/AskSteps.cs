using System.Globalization;
using System.Text.Json;
using Research.Api.Protocol;
using Research.Web.Components.Parts;
using Research.Web.Hub;

namespace Research.Web.Components.Pages.Queries;

/// <summary>The calls behind the ask page: what may be asked, what it would cost, the answer.</summary>
internal static class AskSteps
{
    /// <summary>The catalogue's entries for the datasets that the permit names.</summary>
    public static IReadOnlyList<CatalogueItem> Covered(PermitView permit, CatalogueView catalogue) =>
        [.. permit.Permit.Items("datasets").Select(named => catalogue.Datasets.FirstOrDefault(item => item.Silo == named.Text("silo") && item.Dataset == named.Text("dataset"))).OfType<CatalogueItem>()];

    /// <summary>The one that the form names; else the first.</summary>
    public static CatalogueItem? Chosen(IReadOnlyList<CatalogueItem> covered, HttpRequest request)
    {
        var named = request.HasFormContentType ? request.Form["source"].ToString() : "";
        return covered.FirstOrDefault(item => $"{item.Silo}/{item.Dataset}" == named) ?? (covered.Count > 0 ? covered[0] : null);
    }

    public static async Task<(JsonElement? Preview, HubProblem? Problem)> PreviewAsync(HubClient hub, PermitView permit, CatalogueItem dataset, string? query)
    {
        if (Parse(query) is not { } parsed)
        {
            return (null, new HubProblem(422, "bad-json", ""));
        }

        var said = await hub.PostAsync<string>(HubRoutes.Preview, new PreviewSubmission(dataset.Silo, dataset.Dataset, parsed, permit.Id));
        return said.Value is { } text ? (Parse(text), null) : (null, said.Problem);
    }

    /// <summary>The answer's bytes as text, byte for byte as the silo sent them, or the problem.</summary>
    public static async Task<(string Answer, HubProblem? Problem)> AskAsync(HubClient hub, HttpRequest request, string query)
    {
        if (await ReadSigned.FromAsync(request) is not { } signed || Parse(query) is not { } parsed)
        {
            return ("", ReadSigned.Missing);
        }

        var delegation = ReadSigned.Read(request.Form["delegation"].ToString());
        var said = await hub.PostAsync<string>(HubRoutes.Queries, new QueryRelay(signed, parsed, delegation));
        return (said.Value ?? "", said.Problem);
    }

    /// <summary>What is left of the permit's cap at this register (nano-ρ); null when the chain did not say.</summary>
    public static string? Left(PermitView permit, string register) =>
        permit.Spent.FirstOrDefault(one => one.Register == register) is { } there
        && ulong.TryParse(there.CapRho, CultureInfo.InvariantCulture, out var cap) && ulong.TryParse(there.SpentRho, CultureInfo.InvariantCulture, out var spent)
            ? (cap - Math.Min(cap, spent)).ToString(CultureInfo.InvariantCulture)
            : null;

    private static JsonElement? Parse(string? text)
    {
        try
        {
            return text is null ? null : JsonSerializer.Deserialize<JsonElement>(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
