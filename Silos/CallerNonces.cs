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

    public CallerNonces(Database database, TimeProvider clock)
    {
        this.clock = clock;
        together = new Together<string, bool>(MostTogether, asked => database.WriteAsync(Writer, transaction => TakeAsync(transaction, asked)));
    }

    /// <returns>False when it was taken before.</returns>
    public Task<bool> TakeAsync(string nonce, CancellationToken cancel) => together.AskAsync(nonce, cancel);

    private async Task<IReadOnlyList<bool>> TakeAsync(System.Data.Common.DbTransaction transaction, IReadOnlyList<string> asked)
    {
        var now = clock.GetUtcNow();
        await transaction.Connection!.ExecuteAsync("DELETE FROM caller_nonces WHERE until < @now", new { now = RecordTime.Write(now) }, transaction);
        var until = RecordTime.Write(now + 2 * RequestSignature.Tolerance);
        List<bool> taken = [];
        foreach (var nonce in asked)
        {
            taken.Add(await transaction.Connection!.ExecuteAsync("INSERT INTO caller_nonces (nonce, until) VALUES (@nonce, @until) ON CONFLICT DO NOTHING", new { nonce, until }, transaction) == 1);
        }

        return taken;
    }
}
