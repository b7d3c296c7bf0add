using System.Text.Json.Nodes;
using Silos.Ledger.Chain;
using Silos.Ledger.Records;

namespace Silos.Ledger.History;

/// <summary>One log from its beginning to its newest anchored checkpoint, as a host hands it out (JSON).</summary>
/// <param name="Entries">As they were hashed, by ascending seq.</param>
/// <param name="Checkpoints">By ascending size; all of them anchored.</param>
public sealed record LogHistory(string Origin, IReadOnlyList<JsonObject> Entries, IReadOnlyList<AnchoredNote> Checkpoints);

/// <summary>A checkpoint's signed note, and the transaction that anchored it.</summary>
public sealed record AnchoredNote(string Note, string Transaction);

/// <summary>A line of <c>entries.ndjson</c>: an entry of the log with this origin.</summary>
public sealed record EntryLine(string Log, JsonObject Entry);

/// <summary>A line of <c>checkpoints.ndjson</c>.</summary>
public sealed record CheckpointLine(string Log, string Note, string Transaction);

/// <summary><c>members.json</c>: where the contracts stand, and everybody on Members when the export was made.</summary>
public sealed record MembersFile(DeploymentLine Deployment, IReadOnlyList<MemberLine> Members, IReadOnlyList<LogLine> Logs, int Quorum);

/// <summary>The deployment, by the block in which Members was created; block 0 is left out, for a development node that was killed makes another.</summary>
public sealed record DeploymentLine(string ChainId, string Members, string Permits, string Budgets, string TransparencyLog, long FirstBlock, string FirstBlockHash)
{
    public Deployment ToDeployment() => new(ChainId, "", Members, Permits, Budgets, TransparencyLog, (ulong)FirstBlock, FirstBlockHash);
}

/// <summary>A member's key and roles (1 organisation, 2 board, 4 witness, 8 log; 0 has left).</summary>
public sealed record MemberLine(Jwk Key, int Roles);

/// <summary>A log, by its origin where the export holds it.</summary>
public sealed record LogLine(Hash32 LogId, Hash32 Member, string Account, string? Origin = null);

/// <summary>A line of <c>permits.ndjson</c>: a vote of the board as it was signed, in the order of the chain, and the permit that it is about if it is about one.</summary>
public sealed record VoteLine(SignedRecord Vote, Hash32? PermitId = null);

/// <summary>A line of <c>consents.ndjson</c>: a consent snapshot's root, and the entry that anchored it.</summary>
public sealed record ConsentLine(string Log, long Seq, Hash32 Root);

/// <summary>A line of <c>chain.ndjson</c>: a block that has events, an event in it, or last of all a witness's <see cref="ChainStatement"/> on the lines before.</summary>
public sealed record ChainLine(ChainEvent? Event = null, BlockLine? Block = null, SignedRecord? Witnessed = null);

/// <summary>A block's number, hash and time (Unix seconds).</summary>
public sealed record BlockLine(long Number, string Hash, long Time);

/// <summary>The names of an export's files.</summary>
public static class HistoryFile
{
    public const string Entries = "entries.ndjson";
    public const string Checkpoints = "checkpoints.ndjson";
    public const string Members = "members.json";
    public const string Permits = "permits.ndjson";
    public const string Consents = "consents.ndjson";
    public const string Chain = "chain.ndjson";
    public const string Manifest = "manifest.json";

    /// <summary>All but the manifest.</summary>
    public static IReadOnlyList<string> Parts { get; } = [Entries, Checkpoints, Members, Permits, Consents, Chain];
}
