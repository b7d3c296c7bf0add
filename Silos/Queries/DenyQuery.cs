using System.Data.Common;
using System.Globalization;
using Microsoft.Extensions.Options;
using Silos.Datasets;
using Silos.Ledger.Log;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;
using Silos.Persistence;

namespace Silos.Queries;

/// <summary>Who tried what: as far as it is known, since a refused request may be a forged one.</summary>
public sealed record Attempt(Hash32? Actor, Hash32? Permit, string? Dataset);

/// <summary>Enters a refusal in the log: denied attempts are as visible as granted ones. Those that come together share the step.</summary>
public sealed class DenyQuery
{
    /// <summary>The code of an entry that tells how many refusals of strangers were not entered; the number follows it.</summary>
    public const string NotEntered = "strangers-not-entered:";

    private const int MostTogether = 256;
    private readonly LedgerLog log;
    private readonly SiloIdentity silo;
    private readonly IOptions<QueryOptions> options;
    private readonly TimeProvider clock;
    private readonly Together<IReadOnlyList<(Attempt, Refusal)>, int> together;
    private readonly Lock guard = new();
    private StrangerWindow strangers = StrangerWindow.Empty;

    public DenyQuery(Database database, LedgerLog log, SiloIdentity silo, IOptions<QueryOptions> options, TimeProvider clock)
    {
        (this.log, this.silo, this.options, this.clock) = (log, silo, options, clock);
        together = new Together<IReadOnlyList<(Attempt, Refusal)>, int>(MostTogether, clock, refused => database.WriteAsync<IReadOnlyList<int>>("refusals", async transaction =>
        {
            await AppendAsync(transaction, [.. refused.SelectMany(one => one)]);
            return [.. refused.Select(one => one.Count)];
        }));
    }

    /// <summary>In a step of its own or others'; what is beyond <see cref="QueryOptions.StrangersPerMinute"/> is told as a number.</summary>
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

        var missed = (new Attempt(null, null, null), new Refusal(NotEntered + told.ToString(CultureInfo.InvariantCulture), ""));
        await together.AskAsync(told > 0 ? [missed, (attempt, refusal)] : [(attempt, refusal)], cancel);
    }

    /// <summary>Within a step of the caller's.</summary>
    public async Task AppendAsync(DbTransaction transaction, IReadOnlyList<(Attempt Attempt, Refusal Refusal)> refused)
    {
        var datasets = new Dictionary<string, DatasetRow?>(StringComparer.Ordinal);
        foreach (var name in refused.Select(one => one.Attempt.Dataset).OfType<string>().Distinct())
        {
            datasets[name] = await DatasetStore.FindAsync(transaction.Connection!, transaction, name);
        }

        var denials = refused.Select(one => (one.Attempt, one.Refusal.Code, Dataset: one.Attempt.Dataset is { } name ? datasets[name] : null, Opening: Opening.Of(Hash32.Of(one.Refusal.Code)))).ToList();
        var entries = await log.AppendAsync(transaction, [.. denials.Select(one => silo.Draft(EntryKind.Denial, one.Attempt.Actor) with
        {
            Permit = one.Attempt.Permit,
            Dataset = one.Dataset?.Blinded,
            SubjectHash = one.Opening.Commit(),
        })]);
        await EntryOpenings.KeepAsync(transaction, denials.Zip(entries, (one, entry) => (entry.Seq, "subjectHash", one.Opening)));
        await Rows.WriteAsync(
            transaction,
            "INSERT INTO refusals (seq, permit, dataset, code, refused_at)",
            [.. denials.Zip(entries, (one, entry) => (object?[])[entry.Seq, one.Attempt.Permit?.ToString(), one.Dataset?.Name, one.Code, entry.Time])]);
    }
}
