using System.Data.Common;
using Dapper;
using Silos.Datasets;
using Silos.Ledger.Log;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;
using Silos.Persistence;

namespace Silos.Queries;

/// <summary>Who tried what: as far as it is known, since a refused request may be a forged one.</summary>
public sealed record Attempt(Hash32? Actor, Hash32? Permit, string? Dataset);

/// <summary>Enters a refusal in the log: denied attempts are as visible as granted ones.</summary>
public sealed class DenyQuery(Database database, DatasetStore datasets, LedgerLog log, SiloIdentity silo)
{
    public Task AppendAsync(Attempt attempt, Refusal refusal, CancellationToken cancel) =>
        database.WriteAsync("refusals", transaction => AppendAsync(transaction, attempt, refusal), cancel);

    /// <summary>Within a step of the caller's.</summary>
    public async Task AppendAsync(DbTransaction transaction, Attempt attempt, Refusal refusal)
    {
        var dataset = attempt.Dataset is null ? null : await datasets.FindAsync(attempt.Dataset, CancellationToken.None);
        var code = Opening.Of(Hash32.Of(refusal.Code));
        var entry = await log.AppendAsync(transaction, silo.Draft(EntryKind.Denial, attempt.Actor) with
        {
            Permit = attempt.Permit,
            Dataset = dataset?.Blinded,
            SubjectHash = code.Commit(),
        });
        await EntryOpenings.KeepAsync(transaction, entry.Seq, "subjectHash", code);
        await transaction.Connection!.ExecuteAsync(
            "INSERT INTO refusals (seq, permit, dataset, code, refused_at) VALUES (@Seq, @permit, @dataset, @Code, @Time)",
            new { entry.Seq, permit = attempt.Permit?.ToString(), dataset = dataset?.Name, refusal.Code, entry.Time },
            transaction);
    }
}
