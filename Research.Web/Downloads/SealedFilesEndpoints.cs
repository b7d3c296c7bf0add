using Research.Api.Protocol;
using Research.Web.Hub;
using Research.Web.Safety;

namespace Research.Web.Downloads;

/// <summary>Sealed files on their way from the hub to the browser that can open them. Nothing is kept here, and nothing could be read.</summary>
internal static class SealedFilesEndpoints
{
    public static void MapSealedFiles(this IEndpointRouteBuilder routes)
    {
        // A download is an entry at the hospital, so it is no GET.
        routes.MapPost("/extracts/{id}/download", (string id, HubClient hub, CancellationToken cancel) => RelayAsync(hub, $"{Uri.EscapeDataString(id)}/file", "cohort.release.json", cancel))
            .RequireFormToken().RequireAuthorization();
        routes.MapGet("/extracts/{id}/checkers/{keyId}", (string id, string keyId, HubClient hub, CancellationToken cancel) =>
            RelayAsync(hub, $"{Uri.EscapeDataString(id)}/checkers/{Uri.EscapeDataString(keyId)}", "sealed.json", cancel)).RequireAuthorization();
    }

    /// <summary>The hub's bytes, or its status alone: the page of that status says the rest.</summary>
    private static async Task<IResult> RelayAsync(HubClient hub, string route, string name, CancellationToken cancel)
    {
        var said = await hub.GetAsync<string>($"{HubRoutes.Extracts}/{route}", cancel);
        return said.Value is { } text ? Results.File(System.Text.Encoding.UTF8.GetBytes(text), "application/json", name) : Results.StatusCode(said.Problem!.Status);
    }
}
