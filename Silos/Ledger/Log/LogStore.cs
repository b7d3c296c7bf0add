using System.Data.Common;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Dapper;
using Silos.Ledger.Chain;
using Silos.Ledger.Checkpoints;
using Silos.Ledger.Merkle;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;

namespace Silos.Ledger.Log;

/// <summary>The log's rows: entries, tree nodes, checkpoints, settlements. Writing happens inside a transaction that holds the log's lock.</summary>
internal static class LogStore
{
    /// <summary>The writer's name under which a log changes one step at a time.</summary>
    public const string Writer = "log";

    public static async Task AdoptAsync(DbTransaction within, string origin)
    {
        var connection = within.Connection!;
        await connection.ExecuteAsync("INSERT INTO log_identity (one, origin) VALUES (1, @origin) ON CONFLICT (one) DO NOTHING", new { origin }, within);
        var stored = await connection.QuerySingleAsync<string>("SELECT origin FROM log_identity", transaction: within);
        if (stored != origin)
        {
            throw new LedgerHaltedException($"the database holds the log '{stored}', not '{origin}': one database keeps one log; correct the connection string or the origin");
        }
    }

    /// <summary>Adds entries behind the last one, in order; returns them as sequenced.</summary>
    public static async Task<IReadOnlyList<Entry>> AppendAsync(DbTransaction within, IReadOnlyList<Entry> drafts, string time)
    {
        var next = 1 + await within.Connection!.QuerySingleAsync<long>("SELECT COALESCE(MAX(seq), -1) FROM log_entries", transaction: within);
        var entries = drafts.Select((draft, i) => draft with { Seq = next + i, Time = time }).ToList();
        await Rows.WriteAsync(within, "INSERT INTO log_entries (seq, body)", [.. entries.Select(entry => (object?[])[entry.Seq, Encoding.UTF8.GetString(CanonicalJson.Bytes(entry))])]);
        return entries;
    }

    public static Task AddNoticeAsync(DbTransaction within, long seq, string notice, Hash32 salt) =>
        within.Connection!.ExecuteAsync("INSERT INTO log_notices (seq, notice, salt) VALUES (@seq, @notice, @salt)", new { seq, notice, salt = salt.ToString() }, within);

    public static Task<long> CountAsync(DbConnection connection) => connection.QuerySingleAsync<long>("SELECT COALESCE(MAX(seq), -1) + 1 FROM log_entries");

    /// <summary>The entries' canonical texts, by ascending seq.</summary>
    public static async Task<IReadOnlyList<(long Seq, string Body)>> BodiesAsync(DbConnection connection, long from, long to, DbTransaction? within = null) =>
        [.. await connection.QueryAsync<(long, string)>("SELECT seq, body FROM log_entries WHERE seq >= @from AND seq < @to ORDER BY seq", new { from, to }, within)];

    /// <summary>The canonical texts of these entries.</summary>
    public static async Task<IReadOnlyDictionary<long, string>> BodiesAsync(DbConnection connection, IReadOnlyCollection<long> seqs) => seqs.Count == 0
        ? new Dictionary<long, string>()
        : (await ListedAsync(connection, "SELECT seq, body FROM log_entries WHERE seq IN", seqs, null, row => row.GetString(1))).ToDictionary();

    /// <summary>How the charges of these entries were settled, for those that had one.</summary>
    public static async Task<IReadOnlyDictionary<long, ChargeRefusal?>> SettlementsAsync(DbConnection connection, IReadOnlyCollection<long> seqs) => seqs.Count == 0
        ? new Dictionary<long, ChargeRefusal?>()
        : (await ListedAsync(connection, "SELECT seq, refusal FROM log_settlements WHERE seq IN", seqs, null, row => (ChargeRefusal?)Enum.Parse<ChargeRefusal>(row.GetString(1)))).ToDictionary();

    public static Entry Read(string body) => CanonicalJson.Read<Entry>(JsonNode.Parse(body)!);

    public static Task InsertNodesAsync(DbTransaction within, IEnumerable<(long Position, Hash32 Hash)> nodes) =>
        Rows.WriteAsync(within, "INSERT INTO log_nodes (position, hash)", [.. nodes.Select(node => (object?[])[node.Position, node.Hash.ToArray()])]);

    /// <summary>The stored nodes at these positions.</summary>
    /// <exception cref="LedgerHaltedException">One of them is missing.</exception>
    public static async Task<Func<long, Hash32>> NodesAsync(DbConnection connection, IEnumerable<long> positions, DbTransaction? within = null)
    {
        var wanted = positions.Distinct().ToList();
        if (wanted.Count == 0)
        {
            return Missing;
        }

        var nodes = (await ListedAsync(connection, "SELECT position, hash FROM log_nodes WHERE position IN", wanted, within, row => new Hash32((byte[])row.GetValue(1)))).ToDictionary();
        return position => nodes.TryGetValue(position, out var hash) ? hash : Missing(position);
    }

    public static Task InsertCheckpointAsync(DbTransaction within, long first, long size, string note) =>
        within.Connection!.ExecuteAsync("INSERT INTO log_checkpoints (size, first_seq, note) VALUES (@size, @first, @note)", new { size, first, note }, within);

    public static Task ReplaceNoteAsync(DbTransaction within, long size, string note) =>
        within.Connection!.ExecuteAsync("UPDATE log_checkpoints SET note = @note WHERE size = @size AND transaction_hash IS NULL", new { size, note }, within);

    /// <summary>The checkpoint in whose batch the entry is.</summary>
    public static Task<StoredCheckpoint?> CheckpointOfAsync(DbConnection connection, long seq) =>
        OneAsync(connection, "WHERE size > @value ORDER BY size LIMIT 1", seq);

    public static Task<StoredCheckpoint?> CheckpointAtAsync(DbConnection connection, long size) => OneAsync(connection, "WHERE size = @value", size);

    public static Task<StoredCheckpoint?> LastCheckpointAsync(DbConnection connection, DbTransaction? within = null) =>
        OneAsync(connection, "ORDER BY size DESC LIMIT 1", 0, within);

    public static Task<StoredCheckpoint?> LastAnchoredAsync(DbConnection connection) =>
        OneAsync(connection, "WHERE transaction_hash IS NOT NULL ORDER BY size DESC LIMIT 1", 0);

    public static Task<StoredCheckpoint?> FirstPendingAsync(DbConnection connection) =>
        OneAsync(connection, "WHERE transaction_hash IS NULL ORDER BY size LIMIT 1", 0);

    /// <summary>All checkpoints up to a size, oldest first.</summary>
    public static async Task<IReadOnlyList<StoredCheckpoint>> CheckpointsAsync(DbConnection connection, long size) =>
        [.. await connection.QueryAsync<StoredCheckpoint>("SELECT * FROM log_checkpoints WHERE size <= @size ORDER BY size", new { size })];

    /// <summary>Forgets the anchors of all checkpoints above this size.</summary>
    /// <returns>How many there were.</returns>
    public static Task<int> UnanchorAsync(DbTransaction within, long size) =>
        within.Connection!.ExecuteAsync(
            "UPDATE log_checkpoints SET transaction_hash = NULL, block_number = NULL, block_hash = NULL WHERE size > @size AND transaction_hash IS NOT NULL", new { size }, within);

    public static Task SetAnchorAsync(DbTransaction within, long size, TransactionReceipt receipt) =>
        within.Connection!.ExecuteAsync(
            "UPDATE log_checkpoints SET transaction_hash = @transaction, block_number = @block, block_hash = @blockHash, times_anchored = times_anchored + 1 WHERE size = @size",
            new { transaction = receipt.Hash, block = (long)receipt.Block.Number, blockHash = receipt.Block.Hash, size }, within);

    /// <summary>Size of the newest checkpoint that was ever anchored.</summary>
    public static Task<long> EverAnchoredAsync(DbTransaction within) =>
        within.Connection!.QuerySingleAsync<long>("SELECT COALESCE(MAX(size), 0) FROM log_checkpoints WHERE times_anchored > 0", transaction: within);

    public static async Task<ChargeRefusal?> SettlementAsync(DbConnection connection, long seq, DbTransaction? within = null) =>
        await connection.QuerySingleOrDefaultAsync<string>("SELECT refusal FROM log_settlements WHERE seq = @seq", new { seq }, within) is { } refusal
            ? Enum.Parse<ChargeRefusal>(refusal)
            : null;

    public static Task SetSettlementsAsync(DbTransaction within, IEnumerable<KeyValuePair<long, ChargeRefusal>> settled) =>
        Rows.WriteAsync(within, "INSERT INTO log_settlements (seq, refusal)", [.. settled.Select(charge => (object?[])[charge.Key, charge.Value.ToString()])], "ON CONFLICT (seq) DO UPDATE SET refusal = excluded.refusal");

    /// <summary>Takes or keeps the anchorer's lease.</summary>
    /// <returns>Whether it is this process's now.</returns>
    public static async Task<bool> HoldAsync(DbTransaction within, string holder, long now, long until) =>
        await within.Connection!.ExecuteAsync(
            """
            INSERT INTO log_anchorer (one, holder, held_until) VALUES (1, @holder, @until)
            ON CONFLICT (one) DO UPDATE SET holder = @holder, held_until = @until WHERE log_anchorer.holder = @holder OR log_anchorer.held_until < @now
            """,
            new { holder, now, until }, within) > 0;

    public static Task ReleaseAsync(DbTransaction within, string holder) =>
        within.Connection!.ExecuteAsync("DELETE FROM log_anchorer WHERE holder = @holder", new { holder }, within);

    /// <summary>Rows by a list of numbers.</summary>
    private static Task<List<KeyValuePair<long, T>>> ListedAsync<T>(DbConnection connection, string select, IEnumerable<long> numbers, DbTransaction? within, Func<DbDataReader, T> read) =>
        Rows.ReadAsync(connection, within, select + " (", [.. numbers.Select(number => (object?[])[number])], ")", row => KeyValuePair.Create(row.GetInt64(0), read(row)));

    private static Hash32 Missing(long position) =>
        throw new LedgerHaltedException($"the log's tree node {position} is missing from the database: it was altered or damaged; restore it and compare with an export");

    private static Task<StoredCheckpoint?> OneAsync(DbConnection connection, string which, long value, DbTransaction? within = null) =>
        connection.QuerySingleOrDefaultAsync<StoredCheckpoint>("SELECT * FROM log_checkpoints " + which, new { value }, within);
}

/// <summary>A checkpoint as it is stored; the last three are there once it is anchored.</summary>
internal sealed class StoredCheckpoint
{
    public long Size { get; init; }

    /// <summary>Seq of the first entry of its batch.</summary>
    public long FirstSeq { get; init; }

    public string Note { get; init; } = "";

    public string? TransactionHash { get; init; }

    public long? BlockNumber { get; init; }

    public string? BlockHash { get; init; }

    public int TimesAnchored { get; init; }

    /// <exception cref="LedgerHaltedException">The note is not readable.</exception>
    public Checkpoint Parsed() =>
        SignedNote.Parse(Note) is { } note && Checkpoint.Parse(note.Text) is { } checkpoint && checkpoint.Size == Size
            ? checkpoint
            : throw new LedgerHaltedException(string.Create(CultureInfo.InvariantCulture, $"the checkpoint of size {Size} in the database is not readable: it was altered"));
}
