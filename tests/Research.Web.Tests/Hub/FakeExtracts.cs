using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Research.Api.Protocol;
using Silos.Ledger.Records;

namespace Research.Web.Tests.Hub;

/// <summary>The fake hub's cohort files: one in each state, really sealed, and those that a test asks for.</summary>
internal sealed class FakeExtracts
{
    private readonly ConcurrentDictionary<string, ExtractJob> jobs = new(new[] { "queued", "running", "produced", "released", "rejected", "failed", "cancelled" }
        .Select(state => Job(state, state)).Append(Job("held", "failed") with { ErrorCode = "held", Error = "held" }).ToDictionary(job => job.Id));

    /// <summary>The key that files are sealed to for the researcher.</summary>
    public static SigningKey FileKey { get; } = SigningKey.Create();

    public static SigningKey CheckerKey { get; } = SigningKey.Create();

    /// <summary>Three groups of 11, 12 and 40 rows, and a cell that would be markup if it were not shown as text.</summary>
    public static byte[] Csv { get; } = Encoding.UTF8.GetBytes("age,diagnoses,sex\n" + string.Concat(
        new[] { ("[40, 50)", "E11|<b>I10</b>", "female", 11), ("[50, 60)", "\"E10, E11\"", "male", 12), ("[50, 60)", "", "female", 40) }
            .SelectMany(one => Enumerable.Repeat($"\"{one.Item1}\",{one.Item2},{one.Item3}\n", one.Item4))));

    /// <summary>What was asked for and signed.</summary>
    public ConcurrentBag<(SignedQuery Body, string Request)> Asked { get; } = [];

    public ConcurrentBag<OutputCheck> Checks { get; } = [];

    public int Downloads => downloads;

    private int downloads;

    public void Map(WebApplication app)
    {
        app.MapGet(HubRoutes.Extracts, () => Results.Json(jobs.Values.OrderBy(job => job.Id, StringComparer.Ordinal)));
        app.MapPost(HubRoutes.Extracts, Ask);
        app.MapGet(HubRoutes.Extracts + "/{id}", (string id) => jobs.TryGetValue(id, out var job) ? Results.Json(Advance(job)) : FakeHub.Problem(404, "not-found", "There is no such extract."));
        app.MapDelete(HubRoutes.Extracts + "/{id}", (string id) => { jobs[id] = jobs[id] with { State = "cancelled" }; return Results.NoContent(); });
        app.MapGet(HubRoutes.Extracts + "/{id}/file", (string id) =>
        {
            Interlocked.Increment(ref downloads);
            return Results.Json(new { file = SealedFile.Seal(Csv, FileKey.Public), manifest = Manifest(), receipt = new { body = new { entry = new { seq = 41 }, transaction = "0x6f1d0c4e" } } });
        });
        app.MapGet(HubRoutes.Extracts + "/{id}/checkers/{keyId}", (string id, string keyId) => keyId == CheckerKey.Id.ToString()
            ? Results.Json(new { id = jobs[id].Extract, state = "produced", report = jobs[id].Report, fileHash = Hash32.Of(Csv).ToString(), file = SealedFile.Seal(Csv, CheckerKey.Public) })
            : FakeHub.Problem(403, "not-permitted", "key: not the key of an output checker of this hospital"));
        app.MapPost(HubRoutes.Extracts + "/{id}/checks", (string id, ExtractCheck check) => Take(id, check));
    }

    private IResult Ask(QueryRelay relay)
    {
        var opened = CanonicalJson.Read<SignedRecord>(JsonNode.Parse(relay.Signed.GetRawText())!).Open<SignedQuery>(FakeHub.Deployed);
        var request = Encoding.UTF8.GetString(CanonicalJson.Bytes(JsonNode.Parse(relay.Query.GetRawText())!));
        if (opened.Body is not { Output: SignedQuery.File } body || body.QueryHash != Hash32.Of(request))
        {
            return FakeHub.Problem(422, "bad-signature", "signed: " + opened.Reason);
        }

        Asked.Add((body, request));
        var job = Job("asked-" + Asked.Count, "queued");
        return Results.Json(jobs[job.Id] = job, statusCode: 202);
    }

    private IResult Take(string id, ExtractCheck check)
    {
        var opened = CanonicalJson.Read<SignedRecord>(JsonNode.Parse(check.Check.GetRawText())!).Open<OutputCheck>(FakeHub.Deployed);
        if (opened.Body is not { } body || opened.Signer != CheckerKey.Id)
        {
            return FakeHub.Problem(422, "bad-signature", "check: " + opened.Reason);
        }

        Checks.Add(body);
        return Results.Json(new { id, state = "produced" });
    }

    /// <summary>What was asked for moves on a step each time that somebody looks.</summary>
    private ExtractJob Advance(ExtractJob job) => !job.Id.StartsWith("asked", StringComparison.Ordinal) ? job
        : jobs[job.Id] = Job(job.Id, job.State switch { "queued" => "running", "running" => "produced", _ => "released" });

    private static JsonElement Manifest() => JsonSerializer.SerializeToElement(
        SignedRecord.Sign(
            new FileManifest(FakeHub.Deployed.ChainId, FakeHub.Deployed.Contract, Nonce.New(), "researchhub.example/serra-verde", Hash32.Of(Csv), Hash32.Parse(Samples.PermitId), Hash32.Of("d"), Hash32.Of("c"), 41, 63, 3, 11, ["age", "sex"], [2, 0]),
            CheckerKey),
        CanonicalJson.Options);

    private static ExtractJob Job(string id, string state)
    {
        var made = state is "produced" or "released" or "rejected";
        return new ExtractJob(
            id, state, "application-1", "HbA1c control by sex and age", Samples.PermitId, Samples.Silo, "Serra Verde Hospital", "chronic-care", made ? Hash32.Of(id).ToString() : null, made ? Report : null,
            state == "released" ? 2 : state == "produced" ? 1 : 0, 2, state == "failed" ? "bad-query" : null, state == "failed" ? "attributes: 'x'; allowed are age, sex" : null, Samples.Time, Samples.Time);
    }

    private static JsonElement Report => JsonSerializer.SerializeToElement(new
    {
        rows = 63, classes = 3, k = 11, highestProsecutorRisk = "0.090909", averageProsecutorRisk = "0.047619", marketerRisk = "0.047619", held = true, quasiIdentifiers = new[] { "age", "sex" }, levels = new[] { 2, 0 },
    });
}
