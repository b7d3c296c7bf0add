using System.Text.Json;
using System.Text.Json.Nodes;
using Silos.Ledger.Records;
using Silos.Protocol;

namespace Silos.Permits;

/// <summary>Permit documents come in; whether they are in force is asked of the chain, never of who brings them.</summary>
public static class PermitEndpoints
{
    public static void MapPermitEndpoints(this IEndpointRouteBuilder routes)
    {
        routes.MapGet(SiloRoutes.Permits + "/{id}/departments", async (string id, ShowDepartments departments, CancellationToken cancel) =>
            Hash32.TryParse(id, out var permit) && await departments.OfAsync(permit, cancel) is { } touched
                ? Results.Ok(touched)
                : Problems.Refusal(RefusalCode.UnknownPermit, $"permit: '{id}' was not delivered to this silo")).AddEndpointFilter<OfficerOnly>();
        routes.MapPut(SiloRoutes.Permits + "/{id}", async (string id, JsonNode document, PermitStore store, CancellationToken cancel) =>
        {
            try
            {
                if (CanonicalJson.Read<Permit>(document).Id().ToString() != id)
                {
                    return Problems.Refusal(RefusalCode.BadRequest, $"permit: its canonical bytes do not hash to '{id}'");
                }

                await store.KeepAsync(document, cancel);
                return Results.NoContent();
            }
            catch (Exception bad) when (bad is JsonException or FormatException)
            {
                return Problems.Refusal(RefusalCode.BadRequest, $"permit: {bad.Message}");
            }
        });
    }
}
