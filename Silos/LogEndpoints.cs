using System.Text.Json;
using Silos.Ledger.Log;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;
using Silos.Persistence;
using Silos.Protocol;

namespace Silos;

/// <summary>The silo's log for anybody to read: entries hold commitments only, and each final one comes with its proof.</summary>
public static class LogEndpoints
{
    private const int LargestPage = 1000;

    public static void MapLogEndpoints(this IEndpointRouteBuilder routes)
    {
        routes.MapGet(SiloRoutes.Log + "/checkpoint", async (LedgerLog log, CancellationToken cancel) =>
            await log.CheckpointAsync(cancel) is { } note
                ? Results.Text(note, "text/plain; charset=utf-8")
                : Problems.Refusal(RefusalCode.NotReady, "checkpoint: the log has none that is anchored yet"));
        routes.MapGet(SiloRoutes.Log + "/entries", EntriesAsync);
        routes.MapGet(SiloRoutes.Log + "/proof/{seq:long}", ProofAsync);
        routes.MapGet(SiloRoutes.Log + "/openings/{seq:long}", OpenAsync).AddEndpointFilter<OfficerOnly>();
        routes.MapGet(SiloRoutes.Log + "/history", async (LedgerLog log, CancellationToken cancel) => Results.Json(await log.HistoryAsync(cancel), CanonicalJson.Options));
    }

    private static async Task<IResult> EntriesAsync(LedgerLog log, CancellationToken cancel, long from = 0, int count = 100)
    {
        if (from < 0 || count is < 1 or > LargestPage)
        {
            return Problems.Refusal(RefusalCode.BadRequest, $"from is {from} and count is {count}; allowed are from 0, and 1 to {LargestPage}");
        }

        var entries = await log.ReadAsync(from, Math.Min(from + count, await log.CountAsync(cancel)), cancel);
        return Results.Json(entries.Select(CanonicalJson.ToJson));
    }

    private static async Task<IResult> ProofAsync(long seq, LedgerLog log, CancellationToken cancel) =>
        seq >= 0 && await log.FindAsync(seq, cancel) is { } final
            ? Results.Ok(new LoggedEntry(JsonSerializer.SerializeToElement(final.Entry, CanonicalJson.Options), final.Checkpoint, [.. final.Proof.Select(hash => hash.ToString())], final.Transaction))
            : Problems.Refusal(RefusalCode.NotReady, $"seq: entry {seq} is not final");

    /// <summary>A receipt that opens what the hospital keeps of an entry, for the officers to show to those entitled.</summary>
    private static async Task<IResult> OpenAsync(long seq, LedgerLog log, Database database, ReceiptWriter receipts, CancellationToken cancel) =>
        seq >= 0 && await log.FindAsync(seq, cancel) is { } final
            ? Results.Json(receipts.Write(final, await database.ReadAsync(connection => EntryOpenings.FindAsync(connection, seq), cancel)), CanonicalJson.Options)
            : Problems.Refusal(RefusalCode.NotReady, $"seq: entry {seq} is not final");
}
