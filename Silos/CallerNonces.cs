using Dapper;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;
using Silos.Protocol;

namespace Silos;

/// <summary>
/// The nonces of requests that organisations signed, each taken once by all processes of this silo together. Kept for twice the time within which a
/// signature counts. Requests that come together share a durable step.
/// </summary>
public sealed class CallerNonces
{
    private const int MostTogether = 256;
    private const string Writer = "callers";
    private readonly TimeProvider clock;
    private readonly Together<string, bool> together;
    private DateTimeOffset clearAt;

    public CallerNonces(Database database, TimeProvider clock)
    {
        this.clock = clock;
        together = new Together<string, bool>(MostTogether, clock, asked => database.WriteAsync(Writer, transaction => TakeAsync(transaction, asked)));
    }

    /// <returns>False when it was taken before.</returns>
    public Task<bool> TakeAsync(string nonce, CancellationToken cancel) => together.AskAsync(nonce, cancel);

    private async Task<IReadOnlyList<bool>> TakeAsync(System.Data.Common.DbTransaction transaction, IReadOnlyList<string> asked)
    {
        var now = clock.GetUtcNow();
        if (now >= clearAt)
        {
            await transaction.Connection!.ExecuteAsync("DELETE FROM caller_nonces WHERE until < @now", new { now = RecordTime.Write(now) }, transaction);
            clearAt = now + RequestSignature.Tolerance;
        }

        var until = RecordTime.Write(now + 2 * RequestSignature.Tolerance);
        var taken = (await Rows.ReadAsync(
            transaction.Connection!, transaction, "INSERT INTO caller_nonces (nonce, until)", [.. asked.Select(nonce => new object?[] { nonce, until })],
            "ON CONFLICT DO NOTHING RETURNING nonce", row => row.GetString(0))).ToHashSet(StringComparer.Ordinal);

        // Of several that come together the first has it.
        return [.. asked.Select(taken.Remove)];
    }
}
