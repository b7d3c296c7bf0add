using System.Data.Common;
using Silos.Ledger.Log;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;

namespace Research.Api.Audit;

/// <summary>Something that the hub did, to be written into its log.</summary>
/// <param name="Kind">One of <see cref="EntryKind"/>.</param>
/// <param name="Content">Hash of what happened; the entry holds a salted commitment to it.</param>
/// <param name="Account">Who caused it; stays in the hub's database, never in the entry.</param>
/// <param name="Actor">Key id of who signed, where somebody did; the hub's own otherwise.</param>
internal sealed record Step(string Kind, Hash32 Content, string? Account = null, string? Application = null, Hash32? Permit = null, Hash32? Actor = null, string? Nonce = null);

/// <summary>The hub's own Merkle log: an entry for each step of an application, each vote, each permit's change and each read by an auditor.</summary>
internal sealed class HubLog(LedgerLog log, Hash32 host)
{
    /// <summary>The hub's key id: the actor of what nobody signed.</summary>
    public Hash32 Host => host;

    /// <summary>Adds the entry if and only if the transaction commits. What opens its commitment is kept beside it, for those entitled.</summary>
    /// <returns>The entry's seq.</returns>
    public async Task<long> RecordAsync(DbTransaction within, Step step) => (await RecordAsync(within, [step]))[0];

    /// <summary>Adds several, one behind the other.</summary>
    /// <inheritdoc cref="RecordAsync(DbTransaction, Step)"/>
    public async Task<IReadOnlyList<long>> RecordAsync(DbTransaction within, IReadOnlyList<Step> steps)
    {
        var openings = steps.Select(step => Opening.Of(step.Content)).ToList();
        var entries = await log.AppendAsync(within, [.. steps.Zip(openings, (step, opening) => LedgerLog.Draft(step.Kind, step.Actor ?? host) with
        {
            Permit = step.Permit,
            SubjectHash = opening.Commit(),
            Nonce = step.Nonce,
        })]);
        await Rows.WriteAsync(
            within,
            "INSERT INTO log_subjects (seq, kind, time, account, application, permit, content, salt)",
            [.. entries.Select((entry, i) => new object?[]
            {
                entry.Seq, entry.Kind, entry.Time, steps[i].Account, steps[i].Application, steps[i].Permit?.ToString(), openings[i].Content.ToString(), openings[i].Salt.ToString(),
            })]);
        return [.. entries.Select(entry => entry.Seq)];
    }
}
