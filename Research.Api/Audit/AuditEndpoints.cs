using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Research.Api.Accounts;
using Research.Api.Problems;
using Research.Api.Protocol;
using Silos.Ledger.Log;
using Silos.Ledger.Records;

namespace Research.Api.Audit;

/// <summary>The hub's log as anybody may read it: entries open nothing by themselves.</summary>
internal static class AuditEndpoints
{
    private const int LargestPage = 1000;

    public static void MapAudit(this IEndpointRouteBuilder routes)
    {
        routes.MapGet(HubRoutes.LedgerCheckpoint, CheckpointAsync).Public().Produces<string>(200, "text/plain");
        routes.MapGet(HubRoutes.LedgerEntries, EntriesAsync).Public();
        routes.MapGet(HubRoutes.LedgerProof + "/{seq:long}", ProofAsync).Public();
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

        var entries = await log.ReadAsync(from, Math.Min(from + count, await log.CountAsync(cancel)), cancel);
        return TypedResults.Ok<IReadOnlyList<JsonElement>>([.. entries.Select(entry => JsonSerializer.SerializeToElement(entry, CanonicalJson.Options))]);
    }

    private static async Task<Results<Ok<ProvenEntry>, ProblemHttpResult>> ProofAsync(long seq, LedgerLog log, CancellationToken cancel) =>
        seq >= 0 && await log.FindAsync(seq, cancel) is { } final
            ? TypedResults.Ok(new ProvenEntry(
                JsonSerializer.SerializeToElement(final.Entry, CanonicalJson.Options), final.Checkpoint, [.. final.Proof.Select(hash => hash.ToString())], final.Transaction))
            : new Refusal("not-final", 404, $"There is no final entry {seq}.").ToProblem();
}
