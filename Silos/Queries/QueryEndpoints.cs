using System.Text;
using System.Text.Json.Nodes;
using Anonymizer.DifferentialPrivacy.Queries;
using Silos.Datasets;
using Silos.Ingestion.Cohorts;
using Silos.Ingestion.Definitions;
using Silos.Ledger.Records;
using Silos.Permits;
using Silos.Protocol;

namespace Silos.Queries;

/// <summary>Asking, and asking what it would cost.</summary>
public static class QueryEndpoints
{
    public static void MapQueryEndpoints(this IEndpointRouteBuilder routes)
    {
        routes.MapPost(SiloRoutes.Preview, PreviewAsync);
        routes.MapPost(SiloRoutes.Queries, AskAsync);
        routes.MapGet(SiloRoutes.Noise + "/{seq:long}", async (long seq, OpenNoise open, CancellationToken cancel) =>
        {
            var (opened, refusal) = await open.RunAsync(seq, cancel);
            return opened is null ? Problems.Refusal(refusal!.Code, refusal.Detail) : Results.Json(opened, CanonicalJson.Options);
        }).AddEndpointFilter<OfficerOnly>();
        routes.MapPost(SiloRoutes.Feasibility, FeasibilityAsync);
    }

    private static async Task<IResult> PreviewAsync(PreviewRequest request, DatasetShelf shelf, PermitStore permits, CancellationToken cancel)
    {
        if (shelf.Find(request.Dataset, out var fault) is not { } dataset)
        {
            var refusal = AdmitQuery.Missing(request.Dataset, fault);
            return Problems.Refusal(refusal.Code, refusal.Detail);
        }

        var permit = Hash32.TryParse(request.Permit, out var id) ? await permits.FindAsync(id, cancel) : null;
        if (permit is null && request.Permit is not null)
        {
            return Problems.Refusal(RefusalCode.UnknownPermit, $"permit: '{request.Permit}' was not delivered to this silo");
        }

        try
        {
            var query = CohortQuery.Parse(request.Query, dataset.Schema, dataset.Definition);
            var preview = Preview.Of(query.Query, dataset.Schema, dataset.SmallestCell(permit));
            preview["canonical"] = Encoding.UTF8.GetString(query.Canonical());
            preview["cohort"] = InWords(query, dataset.Definition);
            return Results.Text(preview.ToJsonString(), "application/json");
        }
        catch (InputException bad)
        {
            return Problems.Refusal(RefusalCode.BadQuery, bad.Message);
        }
    }

    /// <summary>The cohort as people read it, the hash by which it is cited, and a warning for each rule that cannot hold.</summary>
    private static JsonObject? InWords(CohortQuery query, DatasetDefinition definition) => query.Cohort(definition) is not { } cohort ? null : new JsonObject
    {
        ["words"] = CohortText.Of(cohort),
        ["hash"] = new Hash32(CohortJson.Hash(cohort)).ToString(),
        ["warnings"] = new JsonArray([.. CohortWarnings.Of(cohort, definition).Select(warning => (JsonNode)warning)]),
    };

    private static async Task<IResult> FeasibilityAsync(QuerySubmission submission, RunQuery run, CancellationToken cancel)
    {
        if (AskFeasibility.Refusal(submission.Query) is { } wrong)
        {
            return Problems.Refusal(wrong.Code, wrong.Detail);
        }

        var outcome = await run.AskAsync(submission, cancel);
        return outcome.Refusal is { } refusal ? Problems.Refusal(refusal.Code, refusal.Detail) : Results.Bytes(AskFeasibility.Label(outcome.Answer!), "application/json");
    }

    private static async Task<IResult> AskAsync(QuerySubmission submission, RunQuery run, CancellationToken cancel)
    {
        var outcome = await run.AskAsync(submission, cancel);
        return outcome.Refusal is { } refusal ? Problems.Refusal(refusal.Code, refusal.Detail) : Results.Bytes(outcome.Answer!, "application/json");
    }
}
