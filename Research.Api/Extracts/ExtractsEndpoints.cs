using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Research.Api.Accounts;
using Research.Api.Applications;
using Research.Api.Problems;
using Research.Api.Protocol;
using Research.Api.Queries;
using Research.Api.Silos;
using Silos.Ledger.Records;
using Silos.Protocol;

namespace Research.Api.Extracts;

/// <summary>Anonymized files: asked for as a job, looked at by two output checkers, fetched sealed. The hub relays ciphertext and keeps none.</summary>
internal static class ExtractsEndpoints
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(300);
    private static readonly string[] Readers = [Role.Researcher, Role.OutputChecker, Role.CommitteeMember, Role.Chair, Role.Auditor];

    public static void MapExtracts(this IEndpointRouteBuilder routes)
    {
        var all = routes.MapGroup(HubRoutes.Extracts);
        all.MapPost("", AskAsync).For(Role.Researcher);
        all.MapGet("", ListAsync).For(Readers);
        all.MapGet("/{id}", OneAsync).For(Readers);
        all.MapGet("/{id}/events", EventsAsync).For(Readers).Produces<ExtractJob>(200, "text/event-stream");
        all.MapDelete("/{id}", CancelAsync).For(Role.Researcher);
        all.MapGet("/{id}/checkers/{keyId}", ForCheckerAsync).For(Role.OutputChecker).Produces<JsonElement>();
        all.MapPost("/{id}/checks", CheckAsync).For(Role.OutputChecker).Produces<JsonElement>();
        all.MapGet("/{id}/file", FileAsync).For(Role.Researcher).Produces<JsonElement>();
    }

    private static async Task<Results<Accepted<ExtractJob>, ProblemHttpResult>> AskAsync(QueryRelay query, Caller caller, Gate gate, ExtractStore jobs, SiloDirectory silos)
    {
        var passed = await gate.PassAsync(query, caller);
        if (passed.Refused is not null)
        {
            return passed.Refused.ToProblem();
        }

        if (passed.Value!.Named.Output != SignedQuery.File || !Nonce.IsValid(passed.Value.Named.Nonce))
        {
            return Refusal.Invalid($"signed.output: is '{passed.Value.Named.Output}'; allowed here is '{SignedQuery.File}'; nonce: 16 bytes.").ToProblem();
        }

        var submission = JsonSerializer.Serialize(new QuerySubmission(query.Signed, query.Query, query.Delegation), JsonSerializerOptions.Web);
        var id = await jobs.AddAsync(caller, passed.Value.Application.Id, passed.Value.Named, submission);
        return TypedResults.Accepted($"{HubRoutes.Extracts}/{id}", Show((await jobs.FindAsync(id))!, silos));
    }

    private static async Task<IReadOnlyList<ExtractJob>> ListAsync(Caller caller, ExtractStore jobs, SiloDirectory silos) => [.. (await jobs.ListAsync(caller)).Select(job => Show(job, silos))];

    private static async Task<Results<Ok<ExtractJob>, ProblemHttpResult>> OneAsync(string id, Caller caller, ExtractStore jobs, RunExtracts run, SiloDirectory silos, CancellationToken cancel)
    {
        if (await SeenAsync(id, caller, jobs) is not { } job)
        {
            return Refusal.NotFound("extract").ToProblem();
        }

        await run.RefreshAsync(job, cancel);
        return TypedResults.Ok(Show((await jobs.FindAsync(id))!, silos));
    }

    /// <summary>The job now and at each change, until it is produced or over. A client that lost the line asks again and gets the newest state.</summary>
    private static async Task<IResult> EventsAsync(string id, Caller caller, ExtractStore jobs, SiloDirectory silos, CancellationToken cancel) =>
        await SeenAsync(id, caller, jobs) is null ? Refusal.NotFound("extract").ToProblem() : TypedResults.ServerSentEvents(FollowAsync(id, jobs, silos, cancel));

    private static async IAsyncEnumerable<SseItem<ExtractJob>> FollowAsync(string id, ExtractStore jobs, SiloDirectory silos, [EnumeratorCancellation] CancellationToken cancel)
    {
        var last = "";
        using var timer = new PeriodicTimer(Look);
        do
        {
            var job = (await jobs.FindAsync(id))!;
            if (job.State + job.Changed != last)
            {
                last = job.State + job.Changed;
                yield return new SseItem<ExtractJob>(Show(job, silos), "job");
            }

            if (JobState.IsFinal(job.State) || job.State == JobState.Produced)
            {
                yield break;
            }
        }
        while (await timer.WaitForNextTickAsync(cancel));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> CancelAsync(string id, Caller caller, ExtractStore jobs, RunExtracts run)
    {
        if (await SeenAsync(id, caller, jobs) is not { } job)
        {
            return Refusal.NotFound("extract").ToProblem();
        }

        if (job.State is not (JobState.Queued or JobState.Running) || !await jobs.MoveAsync(id, JobState.Cancelled, error: "Cancelled by the researcher."))
        {
            return Refusal.Conflict($"This job is {job.State}; only a queued or running one can be cancelled.").ToProblem();
        }

        run.Cancel(id);
        return TypedResults.NoContent();
    }

    private static async Task<IResult> ForCheckerAsync(string id, string keyId, Caller caller, ExtractStore jobs, ApplicationStore applications, SiloDirectory silos, CancellationToken cancel) =>
        await CheckableAsync(id, caller, jobs, applications) is var (job, refused) && refused is not null ? refused.ToProblem()
        : !Hash32.TryParse(keyId, out _) ? Refusal.Invalid("keyId: a key id of 43 characters.").ToProblem()
        : await RelayAsync(job!, silos, HttpMethod.Get, $"/checkers/{keyId}", null, cancel);

    private static async Task<IResult> CheckAsync(string id, ExtractCheck check, Caller caller, ExtractStore jobs, ApplicationStore applications, RunExtracts run, SiloDirectory silos, CancellationToken cancel)
    {
        var (job, refused) = await CheckableAsync(id, caller, jobs, applications);
        if (refused is not null)
        {
            return refused.ToProblem();
        }

        var relayed = await RelayAsync(job!, silos, HttpMethod.Post, "/checks", JsonSerializer.SerializeToUtf8Bytes(new OutputCheckSubmission(check.Check), JsonSerializerOptions.Web), cancel);
        await run.RefreshAsync(job!, cancel);
        return relayed;
    }

    private static async Task<IResult> FileAsync(string id, Caller caller, ExtractStore jobs, ApplicationStore applications, SiloDirectory silos, CancellationToken cancel) =>
        await SeenAsync(id, caller, jobs) is not { Extract: not null } job || await applications.FindAsync(job.Application) is not { } application || !application.MayUse(caller.Id)
            ? Refusal.NotFound("file").ToProblem()
            : await RelayAsync(job, silos, HttpMethod.Get, "/file", null, cancel);

    /// <summary>A job that the checker may look at: produced, and of a project that is not her own.</summary>
    private static async Task<(JobRow? Job, Refusal? Refused)> CheckableAsync(string id, Caller caller, ExtractStore jobs, ApplicationStore applications)
    {
        var job = await SeenAsync(id, caller, jobs);
        return job?.Extract is null ? (null, Refusal.NotFound("extract"))
            : await applications.FindAsync(job.Application) is { } application && (application.MayUse(caller.Id) || application.Applicant == caller.Id) ? (null, new Refusal("conflict-of-interest", 403, "This is a file of your own project."))
            : (job, null);
    }

    private static async Task<JobRow?> SeenAsync(string id, Caller caller, ExtractStore jobs) => (await jobs.ListAsync(caller)).FirstOrDefault(job => job.Id == id);

    private static async Task<IResult> RelayAsync(JobRow job, SiloDirectory silos, HttpMethod method, string route, byte[]? body, CancellationToken cancel) =>
        await silos.FindAsync(Hash32.Parse(job.Silo), cancel) is { } silo
            ? QueriesEndpoints.Relay(await silo.SendAsync(method, $"{SiloRoutes.Extracts}/{job.Extract}{route}", body, cancel))
            : Problem.Of(502, "silo-unreachable", "The silo does not answer; try again later.");

    private static ExtractJob Show(JobRow job, SiloDirectory silos)
    {
        using var report = job.Report is null ? null : JsonDocument.Parse(job.Report);
        return new ExtractJob(
            job.Id, job.State, job.Application, job.Title, job.Permit, job.Silo, silos.NameOf(job.Silo) ?? job.Silo, job.Dataset, job.Extract, report?.RootElement.Clone(),
            (int)job.Approvals, (int)job.Needed, job.ErrorCode, job.Error, job.Asked, job.Changed);
    }
}
