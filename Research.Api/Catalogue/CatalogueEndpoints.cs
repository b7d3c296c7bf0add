using Microsoft.AspNetCore.Http.HttpResults;
using Research.Api.Accounts;
using Research.Api.Problems;
using Research.Api.Protocol;
using Research.Api.Queries;
using Research.Api.Silos;
using Silos.Ledger.Records;
using Silos.Protocol;

namespace Research.Api.Catalogue;

/// <summary>What may be asked for: open to everybody.</summary>
internal static class CatalogueEndpoints
{
    public static void MapCatalogue(this IEndpointRouteBuilder routes)
    {
        routes.MapGet(HubRoutes.Catalogue, AllAsync).Public().Produces<CatalogueView>();
        routes.MapGet(HubRoutes.HealthCatalogue, async (HealthCatalogue health, CancellationToken cancel) => Linked(await health.ReadAsync(cancel))).Public().Produces<System.Text.Json.JsonElement>(200, HealthCatalogue.MediaType);
        routes.MapGet(HubRoutes.Catalogue + "/{silo}/{dataset}/health-dcat", async (string silo, string dataset, HealthCatalogue health, CancellationToken cancel) =>
            await health.EntryAsync(silo, dataset, cancel) is { } entry ? Linked(entry) : Refusal.NotFound("dataset").ToProblem()).Public().Produces<System.Text.Json.JsonElement>(200, HealthCatalogue.MediaType);
        routes.MapPost(HubRoutes.Catalogue + "/{silo}/{dataset}/trial", TryAsync).For(Role.Researcher).Produces<System.Text.Json.JsonElement>();
        routes.MapGet(HubRoutes.Catalogue + "/{silo}/{dataset}/codes/{of}", CodesAsync).For(Role.Researcher).Produces<CodesView>();
        routes.MapGet(HubRoutes.Catalogue + "/{silo}/{dataset}", OneAsync).Public();
    }

    /// <summary>JSON for pages; HealthDCAT-AP where the caller asks for JSON-LD.</summary>
    private static async Task<IResult> AllAsync(HttpRequest request, CatalogueStore catalogue, HealthCatalogue health, CancellationToken cancel)
    {
        request.HttpContext.Response.Headers.Append("Vary", "Accept");
        return request.Headers.Accept.ToString().Contains(HealthCatalogue.MediaType, StringComparison.OrdinalIgnoreCase)
            ? Linked(await health.ReadAsync(cancel))
            : Results.Ok(await catalogue.ReadAsync(cancel));
    }

    /// <summary>A question on synthetic rows, relayed as it comes: nothing of it is charged or entered.</summary>
    private static async Task<IResult> TryAsync(string silo, string dataset, TrialSubmission trial, SiloDirectory silos, CancellationToken cancel) =>
        Hash32.TryParse(silo, out var register) && await silos.FindAsync(register, cancel) is { } found
            ? QueriesEndpoints.Relay(await found.PostAsync($"{SiloRoutes.Datasets}/{Uri.EscapeDataString(dataset)}/trial", new PreviewRequest(dataset, trial.Query), cancel))
            : Refusal.NotFound("silo").ToProblem();

    /// <summary>A search in the hierarchy that the silo's definition names.</summary>
    private static async Task<IResult> CodesAsync(string silo, string dataset, string of, SiloDirectory silos, CancellationToken cancel, string text = "") =>
        Hash32.TryParse(silo, out var register) && await silos.FindAsync(register, cancel) is { } found
            ? QueriesEndpoints.Relay(await found.SendAsync(HttpMethod.Get, $"{SiloRoutes.Datasets}/{Uri.EscapeDataString(dataset)}/codes/{Uri.EscapeDataString(of)}?text={Uri.EscapeDataString(text)}", null, cancel))
            : Refusal.NotFound("silo").ToProblem();

    private static IResult Linked(System.Text.Json.Nodes.JsonObject json) => Results.Text(json.ToJsonString(), HealthCatalogue.MediaType);

    private static async Task<Results<Ok<CatalogueItem>, ProblemHttpResult>> OneAsync(string silo, string dataset, CatalogueStore catalogue, CancellationToken cancel) =>
        await catalogue.FindAsync(silo, dataset, cancel) is { } item ? TypedResults.Ok(item) : Refusal.NotFound("dataset").ToProblem();
}
