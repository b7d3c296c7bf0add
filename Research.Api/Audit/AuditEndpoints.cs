using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Research.Api.Accounts;
using Research.Api.Audit.Differencing;
using Research.Api.Problems;
using Research.Api.Protocol;
using Silos.Ledger.Log;

namespace Research.Api.Audit;

/// <summary>The hub's log as anybody may read it, and the access log of all hospitals as board and auditors review it.</summary>
internal static class AuditEndpoints
{
    private const int LargestPage = 1000;
    private const int LargestExport = 100_000;

    private static readonly string[] Reviewers = [Role.CommitteeMember, Role.Chair, Role.Auditor, Role.Custodian];

    public static void MapAudit(this IEndpointRouteBuilder routes)
    {
        routes.MapGet(HubRoutes.LedgerCheckpoint, CheckpointAsync).Public().Produces<string>(200, "text/plain");
        routes.MapGet(HubRoutes.LedgerEntries, EntriesAsync).Public();
        routes.MapGet(HubRoutes.LedgerProof + "/{seq:long}", ProofAsync).Public();
        routes.MapGet(HubRoutes.LedgerExport, HistoryAsync).Public().Produces<byte[]>(200, "application/zip");
        routes.MapGet(HubRoutes.LedgerWitnesses, (AskWitnesses ask, CancellationToken cancel) => ask.RunAsync(cancel)).Public();
        routes.MapGet(HubRoutes.AuditEntries, ReviewAsync).For(Reviewers);
        routes.MapGet(HubRoutes.AuditProof + "/{log}/{seq:long}", AnyProofAsync).For([.. Reviewers, Role.Patient]);
        routes.MapGet(HubRoutes.AuditAlerts, AlertsAsync).For(Role.CommitteeMember, Role.Chair, Role.Auditor);
        routes.MapGet(HubRoutes.AuditExport, ExportAsync).For(Role.CommitteeMember, Role.Chair, Role.Auditor).Produces<JsonElement>();
    }

    private static async Task<Results<ContentHttpResult, ProblemHttpResult>> CheckpointAsync(LedgerLog log, CancellationToken cancel) =>
        await log.CheckpointAsync(cancel) is { } note
            ? TypedResults.Text(note, "text/plain; charset=utf-8")
            : new Refusal("not-anchored-yet", 404, "The log has no anchored checkpoint yet.").ToProblem();

    private static async Task<Results<Ok<IReadOnlyList<JsonElement>>, ProblemHttpResult>> EntriesAsync(LedgerLog log, CancellationToken cancel, long from = 0, int count = 100)
    {
        if (from < 0 || count is < 1 or > LargestPage)
        {
            return Refusal.Invalid($"from is {from} and count is {count}; allowed are from 0, and 1 to {LargestPage}.").ToProblem();
        }

        return TypedResults.Ok(FollowedLogs.Write(await log.ReadAsync(from, Math.Min(from + count, await log.CountAsync(cancel)), cancel)));
    }

    private static async Task<Results<Ok<ProvenEntry>, ProblemHttpResult>> ProofAsync(long seq, LedgerLog log, CancellationToken cancel) =>
        seq >= 0 && await log.FindAsync(seq, cancel) is { } final ? TypedResults.Ok(FollowedLogs.Show(final)) : NotFinal(seq).ToProblem();

    private static async Task<IResult> HistoryAsync(ExportHistory export, CancellationToken cancel) =>
        TypedResults.Stream(await export.RunAsync(cancel), "application/zip", "history.zip");

    private static async Task<Results<Ok<ProvenEntry>, ProblemHttpResult>> AnyProofAsync(string log, long seq, FollowedLogs logs, CancellationToken cancel) =>
        seq >= 0 && await logs.ProofAsync(log, seq, cancel) is { } proven ? TypedResults.Ok(proven) : NotFinal(seq).ToProblem();

    private static async Task<Results<Ok<AuditPage>, ProblemHttpResult>> ReviewAsync(
        [AsParameters] AuditFilter filter, FollowedLogs logs, AuditStore audit, CancellationToken cancel, int count = 100)
    {
        if (count is < 1 or > LargestPage)
        {
            return Refusal.Invalid($"count is {count}; allowed are 1 to {LargestPage}.").ToProblem();
        }

        var unreachable = await logs.CatchUpAsync(cancel);
        var lines = await audit.FindAsync(filter, count + 1);
        return TypedResults.Ok(new AuditPage([.. lines.Take(count)], lines.Count > count ? Cursor.Of(lines[count - 1]) : null, await logs.GapsAsync(), unreachable));
    }

    private static async Task<Results<Ok<IReadOnlyList<AuditAlert>>, ProblemHttpResult>> AlertsAsync(WatchQuestions watch, string? application = null, int count = 100) =>
        count is < 1 or > LargestPage
            ? Refusal.Invalid($"count is {count}; allowed are 1 to {LargestPage}.").ToProblem()
            : TypedResults.Ok(await watch.FindAsync(application, count));

    private static async Task<IResult> ExportAsync([AsParameters] AuditFilter filter, FollowedLogs logs, AuditStore audit, CancellationToken cancel, string format = "balp")
    {
        if (format is not ("balp" or "csv"))
        {
            return Refusal.Invalid($"format is '{format}'; allowed are balp, csv.").ToProblem();
        }

        await logs.CatchUpAsync(cancel);
        var lines = await audit.FindAsync(filter, LargestExport);
        return format == "csv"
            ? TypedResults.Text(ExportLog.Csv(lines), "text/csv; charset=utf-8")
            : TypedResults.Text(ExportLog.Balp(lines).ToJsonString(), "application/fhir+json; charset=utf-8");
    }

    private static Refusal NotFinal(long seq) => new("not-final", 404, $"There is no final entry {seq}.");
}
