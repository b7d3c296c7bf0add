using Microsoft.AspNetCore.Http.HttpResults;
using Research.Api.Accounts;
using Research.Api.Problems;
using Research.Api.Protocol;

namespace Research.Api.Catalogue;

/// <summary>What may be asked for: open to everybody.</summary>
internal static class CatalogueEndpoints
{
    public static void MapCatalogue(this IEndpointRouteBuilder routes)
    {
        routes.MapGet(HubRoutes.Catalogue, (CatalogueStore catalogue, CancellationToken cancel) => catalogue.ReadAsync(cancel)).Public();
        routes.MapGet(HubRoutes.Catalogue + "/{silo}/{dataset}", OneAsync).Public();
    }

    private static async Task<Results<Ok<CatalogueItem>, ProblemHttpResult>> OneAsync(string silo, string dataset, CatalogueStore catalogue, CancellationToken cancel) =>
        await catalogue.FindAsync(silo, dataset, cancel) is { } item ? TypedResults.Ok(item) : Refusal.NotFound("dataset").ToProblem();
}
