using System.Text.Json;
using System.Text.Json.Nodes;

namespace Silos.Ledger.Records;

/// <summary>
/// All that a patient ever signed at a hospital, with the keys that she was enrolled with, for her to take to another: signed by the silo that exports it,
/// and believed only as far as <see cref="ReplayConsent"/> finds it true.
/// </summary>
/// <param name="Log">Origin line of the exporting silo's log.</param>
/// <param name="Silo">Its register id.</param>
/// <param name="Subject">Her enrolment there.</param>
/// <param name="Enrolled">Who could sign for her at first.</param>
/// <param name="Lines">Oldest first.</param>
public sealed record ConsentHistory(
    string ChainId,
    string Contract,
    string Nonce,
    string Log,
    Hash32 Silo,
    string Subject,
    KeySet Enrolled,
    string EnrolledAt,
    IReadOnlyList<HistoryLine> Lines,
    string ExportedAt,
    string Type = ConsentHistory.RecordName,
    int Version = 1)
    : ISignedBody
{
    public const string RecordName = "consent-history";

    public static string RecordType => RecordName;
}

/// <summary>A signed directive or change of keys, as it was received.</summary>
/// <param name="ByOfficers">For a change of keys: two officers made it, because the patient's own keys were lost.</param>
public sealed record HistoryLine(string ReceivedAt, JsonObject Record, bool ByOfficers = false);

/// <summary>Where a history leads.</summary>
/// <param name="Keys">Who may sign now.</param>
/// <param name="Sequence">Number of the newest directive.</param>
/// <param name="Changes">Number of the newest change of keys.</param>
/// <param name="Newest">The newest directive; null when there was none.</param>
/// <param name="Fault">The first thing that is not true; null when all is.</param>
public sealed record ReplayedConsent(KeySet Keys, int Sequence, int Changes, Directive? Newest, string? Fault);

/// <summary>Replays a history from its first keys: each line signed by those who could then, in order, without a gap. Pure.</summary>
public static class ReplayConsent
{
    /// <summary>Lines that a history may have.</summary>
    public const int Most = 10_000;

    /// <summary>Replays the lines. A no needs nobody's signature but the silo's that wrote it down; a yes needs those whose keys counted when it came.</summary>
    public static ReplayedConsent Run(ConsentHistory history, Deployed deployed)
    {
        var state = new ReplayedConsent(history.Enrolled, 0, 0, null, history.Enrolled.Fault() is { } keys ? "enrolled: " + keys : history.Lines.Count > Most ? $"lines: {history.Lines.Count}; allowed are at most {Most}" : null);
        var last = RecordTime.Read(history.EnrolledAt);
        var nonces = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < history.Lines.Count && state.Fault is null; i++)
        {
            var line = history.Lines[i];
            var fault = RecordTime.Read(line?.ReceivedAt) is not { } received || received < last ? "receivedAt: is no time, or earlier than that of the line before" : null;
            last = RecordTime.Read(line?.ReceivedAt);
            state = fault is null ? Step(state, history, line!, deployed, nonces) : state with { Fault = fault };
            state = state.Fault is null ? state : state with { Fault = $"lines[{i}]: {state.Fault}" };
        }

        return state;
    }

    private static ReplayedConsent Step(ReplayedConsent state, ConsentHistory history, HistoryLine line, Deployed deployed, HashSet<string> nonces)
    {
        SignedRecord record;
        string? type;
        try
        {
            record = CanonicalJson.Read<SignedRecord>(line.Record);
            type = record.Body["type"]?.GetValue<string>();
        }
        catch (Exception bad) when (bad is JsonException or InvalidOperationException or ArgumentException or FormatException)
        {
            return state with { Fault = bad.Message };
        }

        return type == KeyChange.RecordName
            ? Changed(state, history, line, record.OpenAll<KeyChange>(deployed, null))
            : Decided(state, history, line, record.OpenAll<Directive>(deployed, null), nonces);
    }

    private static ReplayedConsent Decided(ReplayedConsent state, ConsentHistory history, HistoryLine line, VerifiedByAll<Directive> opened, HashSet<string> nonces)
    {
        if (opened.Body is not { } directive)
        {
            return state with { Fault = opened.Reason };
        }

        var fault = directive.Subject != history.Subject ? "subject: is another's"
            : directive.Sequence != state.Sequence + 1 ? $"sequence: {directive.Sequence}; wanted is {state.Sequence + 1}"
            : !nonces.Add(directive.Nonce) ? "nonce: was used before"
            : directive.Decision != Directive.Deny && !state.Keys.MayDecide(opened.Signers, DayOf(line)) ? "key: it was not signed by those who could sign when it came"
            : DirectiveRules.Fault(directive);
        return fault is null ? state with { Sequence = directive.Sequence, Newest = directive } : state with { Fault = fault };
    }

    private static ReplayedConsent Changed(ReplayedConsent state, ConsentHistory history, HistoryLine line, VerifiedByAll<KeyChange> opened)
    {
        if (opened.Body is not { } change)
        {
            return state with { Fault = opened.Reason };
        }

        var fault = change.Subject != history.Subject ? "subject: is another's"
            : change.Sequence != state.Changes + 1 ? $"sequence: {change.Sequence}; wanted is {state.Changes + 1}"
            : line.ByOfficers && opened.Signers.Count < 2 ? "key: fewer than two officers signed"
            : !line.ByOfficers && !state.Keys.MayChangeKeys(opened.Signers, DayOf(line)) ? "key: it was not signed by those who could change keys when it came"
            : change.Keys.Fault();
        return fault is null ? state with { Changes = change.Sequence, Keys = change.Keys } : state with { Fault = fault };
    }

    private static DateOnly DayOf(HistoryLine line) => DateOnly.FromDateTime(RecordTime.Read(line.ReceivedAt)!.Value.UtcDateTime);
}
