using System.Data.Common;
using System.Globalization;
using Dapper;
using Microsoft.Extensions.Options;
using Silos.Datasets;
using Silos.Ledger.Log;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;
using Silos.Persistence;

namespace Silos.Queries;

/// <summary>Who tried what: as far as it is known, since a refused request may be a forged one.</summary>
public sealed record Attempt(Hash32? Actor, Hash32? Permit, string? Dataset);

/// <summary>Enters a refusal in the log: denied attempts are as visible as granted ones.</summary>
public sealed class DenyQuery(Database database, DatasetStore datasets, LedgerLog log, SiloIdentity silo, IOptions<QueryOptions> options, TimeProvider clock)
{
    /// <summary>The code of an entry that tells how many refusals of strangers were not entered; the number follows it.</summary>
    public const string NotEntered = "strangers-not-entered:";

    private readonly Lock guard = new();
    private StrangerWindow strangers = StrangerWindow.Empty;

    /// <summary>In a step of its own; what is beyond <see cref="QueryOptions.StrangersPerMinute"/> is told as a number.</summary>
    public async Task AppendAsync(Attempt attempt, Refusal refusal, CancellationToken cancel)
    {
        bool enter;
        int told;
        lock (guard)
        {
            (strangers, enter, told) = strangers.Next(refusal.OfStranger, options.Value.StrangersPerMinute, clock.GetUtcNow());
        }

        if (!enter)
        {
            return;
        }

        await database.WriteAsync("refusals", async transaction =>
        {
            if (told > 0)
            {
                await AppendAsync(transaction, new Attempt(null, null, null), new Refusal(NotEntered + told.ToString(CultureInfo.InvariantCulture), ""));
            }

            await AppendAsync(transaction, attempt, refusal);
        }, cancel);
    }

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
