using System.Text.Json;
using System.Text.Json.Nodes;
using Silos.Extracts;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;
using Silos.Protocol;
using Silos.Queries;

namespace Silos.Releases;

/// <summary>Files: asked for, checked by two, handed out sealed.</summary>
public static class ExtractEndpoints
{
    public static void MapExtractEndpoints(this IEndpointRouteBuilder routes)
    {
        routes.MapPost(SiloRoutes.Checkers, RegisterAsync).AddEndpointFilter<OfficerOnly>();
        routes.MapPost(SiloRoutes.Extracts, AskAsync);
        routes.MapGet(SiloRoutes.Extracts + "/{id}", async (string id, ExtractStore store, Database database, CancellationToken cancel) => await ShowAsync(id, store, database, cancel));
        routes.MapGet(SiloRoutes.Extracts + "/{id}/checkers/{keyId}", async (string id, string keyId, ReleaseExtract release, CancellationToken cancel) =>
        {
            var (file, refusal) = await release.ForCheckerAsync(id, keyId, cancel);
            return refusal is null ? Results.Ok(file) : Problems.Refusal(refusal.Code, refusal.Detail);
        });
        routes.MapPost(SiloRoutes.Extracts + "/{id}/checks", CheckAsync);
        routes.MapGet(SiloRoutes.Extracts + "/{id}/file", async (string id, ReleaseExtract release, CancellationToken cancel) =>
        {
            var (file, refusal) = await release.ForResearcherAsync(id, cancel);
            return refusal is null ? Results.Ok(file) : Problems.Refusal(refusal.Code, refusal.Detail);
        });
    }

    private static async Task<IResult> RegisterAsync(CheckerKey checker, ExtractStore store, CancellationToken cancel)
    {
        try
        {
            var key = PublicKey.From(CanonicalJson.Read<Jwk>(JsonNode.Parse(checker.Key.GetRawText())!));
            await store.RegisterCheckerAsync(key, cancel);
            return Results.NoContent();
        }
        catch (Exception bad) when (bad is JsonException or FormatException)
        {
            return Problems.Refusal(RefusalCode.BadRequest, $"key: {bad.Message}");
        }
    }

    private static async Task<IResult> AskAsync(QuerySubmission submission, RunQuery run, ExtractStore store, Database database, CancellationToken cancel)
    {
        var outcome = await run.AskAsync(submission, cancel);
        return outcome.Refusal is { } refusal ? Problems.Refusal(refusal.Code, refusal.Detail)
            : outcome.Extract is { } id ? await ShowAsync(id, store, database, cancel)
            : Problems.Refusal(RefusalCode.BadRequest, $"signed.output: allowed here is '{SignedQuery.File}'");
    }

    private static async Task<IResult> CheckAsync(string id, OutputCheckSubmission submission, CheckOutput check, ExtractStore store, Database database, CancellationToken cancel)
    {
        try
        {
            var signed = CanonicalJson.Read<SignedRecord>(JsonNode.Parse(submission.Check.GetRawText())!);
            return await check.TakeAsync(id, signed, cancel) is { } refusal ? Problems.Refusal(refusal.Code, refusal.Detail) : await ShowAsync(id, store, database, cancel);
        }
        catch (JsonException bad)
        {
            return Problems.Refusal(RefusalCode.BadRequest, $"check: {bad.Message}");
        }
    }

    private static async Task<IResult> ShowAsync(string id, ExtractStore store, Database database, CancellationToken cancel)
    {
        if (await store.FindAsync(id, cancel) is not { } extract)
        {
            return Problems.Refusal(RefusalCode.UnknownDataset, $"extract: '{id}' is not known here");
        }

        var checks = await database.ReadAsync(connection => ExtractStore.ChecksAsync(connection, null, id), cancel);
        return Results.Ok(new ExtractView(id, extract.State, JsonDocument.Parse(extract.Report).RootElement, checks.Values.Count(word => word == OutputCheck.Approve), CheckOutput.Needed));
    }
}
