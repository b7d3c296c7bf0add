using Microsoft.AspNetCore.Http.HttpResults;
using Research.Api.Accounts;
using Research.Api.Problems;
using Research.Api.Protocol;

namespace Research.Api.Outbox;

/// <summary>What is stuck, for the operator: kind, attempts and the last error; never the message itself.</summary>
internal static class OutboxEndpoints
{
    public static void MapOutbox(this IEndpointRouteBuilder routes)
    {
        routes.MapGet(HubRoutes.Outbox, StuckAsync).For(Role.Operator, Role.Auditor);
        routes.MapPost(HubRoutes.Outbox + "/{id}/retry", RetryAsync).For(Role.Operator);
    }

    private static async Task<Results<Ok<IReadOnlyList<StuckMessage>>, ProblemHttpResult>> StuckAsync(OutboxStore outbox, int attempts = 3) =>
        attempts is >= 1 and <= 1000 ? TypedResults.Ok(await outbox.StuckAsync(attempts)) : Refusal.Invalid($"attempts: is {attempts}; allowed is 1 to 1000.").ToProblem();

    private static async Task<Results<NoContent, ProblemHttpResult>> RetryAsync(long id, OutboxStore outbox) =>
        await outbox.RetryAsync(id) ? TypedResults.NoContent() : Refusal.NotFound("open message").ToProblem();
}
