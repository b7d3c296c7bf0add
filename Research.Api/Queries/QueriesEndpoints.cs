using Microsoft.AspNetCore.Http.HttpResults;
using Research.Api.Accounts;
using Research.Api.Applications;
using Research.Api.Payments;
using Research.Api.Permits;
using Research.Api.Problems;
using Research.Api.Protocol;
using Research.Api.Silos;
using Silos.Ledger.Records;
using Silos.Protocol;

namespace Research.Api.Queries;

/// <summary>Queries on their way to a silo and answers on their way back, byte for byte. The hub stores neither.</summary>
internal static class QueriesEndpoints
{
    public static void MapQueries(this IEndpointRouteBuilder routes)
    {
        routes.MapPost(HubRoutes.Preview, PreviewAsync).For(Role.Researcher).Produces<System.Text.Json.JsonElement>();
        routes.MapPost(HubRoutes.Queries, AskAsync).For(Role.Researcher).Produces<System.Text.Json.JsonElement>();
    }

    /// <summary>The silo's answer as it came.</summary>
    internal static IResult Relay(SiloAnswer answer) =>
        new RelayedAnswer(answer);

    private static async Task<IResult> PreviewAsync(PreviewSubmission preview, SiloDirectory silos, CancellationToken cancel) =>
        Hash32.TryParse(preview.Silo, out var register) && await silos.FindAsync(register, cancel) is { } silo
            ? Relay(await silo.PostAsync(SiloRoutes.Preview, new PreviewRequest(preview.Dataset, preview.Query), cancel))
            : Refusal.NotFound("silo").ToProblem();

    private static async Task<IResult> AskAsync(
        QueryRelay query, Caller caller, PermitStore permits, ApplicationStore applications, PaymentStore payments, PaymentOptions prices, SiloDirectory silos, TimeProvider clock, CancellationToken cancel)
    {
        var read = RelayQuery.Read(query.Signed);
        if (read.Refused is not null)
        {
            return read.Refused.ToProblem();
        }

        var named = read.Value!;
        if ((query.Permit is not null && query.Permit != named.Permit.ToString()) || (query.Fresh is not null && query.Fresh != named.Fresh))
        {
            return Refusal.Invalid("permit, fresh: must equal what was signed.").ToProblem();
        }

        var issued = await permits.FindAsync(named.Permit.ToString());
        var application = issued is null ? null : await applications.FindAsync(issued.Application);
        if (RelayQuery.Decide(named, issued, application, caller, clock.GetUtcNow()) is { } refused)
        {
            return refused.ToProblem();
        }

        if (prices.AnythingToPay && await payments.OfApplicationAsync(application!.Id) is not { Standing: InvoiceState.Paid })
        {
            return new Refusal("payment-required", 402, "The invoice of this application is not paid.").ToProblem();
        }

        return await silos.FindAsync(named.Silo, cancel) is { } silo
            ? Relay(await silo.PostAsync(SiloRoutes.Queries, new QuerySubmission(query.Signed, query.Query, query.Delegation), cancel))
            : Problem.Of(502, "silo-unreachable", "The silo does not answer; try again later.");
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
