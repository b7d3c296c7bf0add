using Microsoft.AspNetCore.Http.HttpResults;
using Research.Api.Accounts;
using Research.Api.Audit.Differencing;
using Research.Api.Problems;
using Research.Api.Protocol;
using Research.Api.Silos;
using Silos.Ledger.Records;
using Silos.Protocol;

namespace Research.Api.Queries;

/// <summary>Queries on their way to a silo and answers on their way back, byte for byte. The hub stores neither; whom a project asked about it notes for the board (<see cref="WatchQuestions"/>).</summary>
internal static class QueriesEndpoints
{
    public static void MapQueries(this IEndpointRouteBuilder routes)
    {
        routes.MapPost(HubRoutes.Preview, PreviewAsync).For(Role.Researcher).Produces<System.Text.Json.JsonElement>();
        routes.MapPost(HubRoutes.Queries, AskAsync).For(Role.Researcher).Produces<System.Text.Json.JsonElement>();
        routes.MapPost(HubRoutes.Feasibility, FeasibilityAsync).For(Role.Researcher).Produces<System.Text.Json.JsonElement>();
    }

    /// <summary>The silo's answer as it came.</summary>
    internal static IResult Relay(SiloAnswer answer) =>
        new RelayedAnswer(answer);

    private static async Task<IResult> PreviewAsync(PreviewSubmission preview, SiloDirectory silos, CancellationToken cancel) =>
        Hash32.TryParse(preview.Silo, out var register) && await silos.FindAsync(register, cancel) is { } silo
            ? Relay(await silo.PostAsync(SiloRoutes.Preview, new PreviewRequest(preview.Dataset, preview.Query, preview.Permit), cancel))
            : Refusal.NotFound("silo").ToProblem();

    private static Task<IResult> AskAsync(QueryRelay query, Caller caller, Gate gate, SiloDirectory silos, WatchQuestions watch, CancellationToken cancel) =>
        PassOnAsync(SiloRoutes.Queries, query, caller, gate, silos, watch, cancel);

    private static Task<IResult> FeasibilityAsync(QueryRelay query, Caller caller, Gate gate, SiloDirectory silos, WatchQuestions watch, CancellationToken cancel) =>
        PassOnAsync(SiloRoutes.Feasibility, query, caller, gate, silos, watch, cancel);

    private static async Task<IResult> PassOnAsync(string route, QueryRelay query, Caller caller, Gate gate, SiloDirectory silos, WatchQuestions watch, CancellationToken cancel)
    {
        var passed = await gate.PassAsync(query, caller);
        if (passed.Refused is not null)
        {
            return passed.Refused.ToProblem();
        }

        if (passed.Value!.Named.Output != SignedQuery.Statistics)
        {
            return Refusal.Invalid($"signed.output: is '{passed.Value.Named.Output}'; a file is asked for at {HubRoutes.Extracts}.").ToProblem();
        }

        if (await silos.FindAsync(passed.Value.Named.Silo, cancel) is not { } silo)
        {
            return Problem.Of(502, "silo-unreachable", "The silo does not answer; try again later.");
        }

        var answer = await silo.PostAsync(route, new QuerySubmission(query.Signed, query.Query, query.Delegation), cancel);
        watch.Notice(passed.Value, query.Query, answer);
        return Relay(answer);
    }

    /// <summary>Writes status, type and bytes of the silo's answer, and nothing of its own.</summary>
    private sealed class RelayedAnswer(SiloAnswer answer) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.StatusCode = answer.Status;
            httpContext.Response.ContentType = answer.ContentType;
            httpContext.Response.ContentLength = answer.Body.Length;
            await httpContext.Response.Body.WriteAsync(answer.Body, httpContext.RequestAborted);
        }
    }
}
