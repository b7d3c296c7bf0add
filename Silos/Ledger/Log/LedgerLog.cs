using System.Collections.Concurrent;
using System.Data.Common;
using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Silos.Ledger.Chain;
using Silos.Ledger.Checkpoints;
using Silos.Ledger.History;
using Silos.Ledger.Merkle;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;

namespace Silos.Ledger.Log;

/// <summary>
/// The append-only log of one host. An entry is sequenced durably first; then its batch's checkpoint is signed, co-signed and anchored, and
/// only then is it final. The database is the outbox: whatever was appended becomes final, however often process or chain fail in between.
/// Open it with <see cref="OpenAsync"/>, keep <see cref="RunAsync"/> running, and let nothing leave before <see cref="WhenFinalAsync"/> returns.
/// </summary>
/// <remarks>Any number of processes of the same host may run on one database. One database keeps one log. See README.md for the life of an entry.</remarks>
public sealed class LedgerLog : IDisposable
{
    private const int MostTogether = 256;

    private readonly Database database;
    private readonly TimeProvider time;
    private readonly Anchorer anchorer;
    private readonly ConcurrentQueue<Waiting> queue = new();
    private readonly SemaphoreSlim oneAppender = new(1, 1);
    private readonly LogOptions options;
    private readonly Together<long, FinalEntry?> finals;

    /// <param name="database">The host's database.</param>
    /// <param name="key">The log's key, which Members on the chain names for this log.</param>
    /// <param name="origin">The log's name, such as <c>researchhub.example/serra-verde</c>.</param>
    /// <param name="chain">A client that sends from the log's account.</param>
    /// <param name="witnesses">Who co-signs; null for nobody.</param>
    public LedgerLog(Database database, SigningKey key, string origin, ChainClient chain, LogOptions options, TimeProvider time, ILogger<LedgerLog> logger, WitnessQuorum? witnesses = null)
        : this(database, key, origin, AnchorPort.Of(chain, Hash32.Of(origin)), options, time, logger, witnesses)
    {
    }

    internal LedgerLog(Database database, SigningKey key, string origin, AnchorPort chain, LogOptions options, TimeProvider time, ILogger<LedgerLog> logger, WitnessQuorum? witnesses = null)
    {
        Checkpoint.CheckOrigin(origin);
        (this.database, this.options, this.time, Origin, Id) = (database, options, time, origin, Hash32.Of(origin));
        finals = new Together<long, FinalEntry?>(MostTogether, time, seqs => database.ReadAsync(connection => FinalEntries.FindAsync(connection, seqs)));
        anchorer = new Anchorer(database, key, origin, chain, options, time, logger, witnesses);
    }

    /// <summary>The log's name: the first line of its checkpoints.</summary>
    public string Origin { get; }

    /// <summary>The log's id on the chain, and the register that its charges are booked on: SHA-256 of the origin.</summary>
    public Hash32 Id { get; }

    public LogHealth Health => anchorer.Health;

    /// <summary>A draft of an entry, to be completed with <c>with</c> and appended; the log gives it its place and time.</summary>
    public static Entry Draft(string kind, Hash32 actor) => new(kind, -1, "", actor, Hash32.Random());

    /// <summary>Makes the tables and compares database and chain, before the host serves anybody.</summary>
    /// <exception cref="LedgerHaltedException">The chain is ahead of the database (restored from a backup?), or they differ.</exception>
    /// <exception cref="LedgerUnavailableException">The chain does not answer; <see cref="RunAsync"/> goes on trying, and nothing is appended until it does.</exception>
    public async Task OpenAsync(CancellationToken cancel = default)
    {
        await database.MigrateAsync(typeof(LedgerLog).Assembly, "Log", cancel);
        await database.WriteAsync(LogStore.Writer, within => LogStore.AdoptAsync(within, Origin), cancel);
        await anchorer.CompareAsync(cancel);
    }

    /// <summary>Batches, signs, anchors and settles until cancelled. Rides out an unavailable chain.</summary>
    /// <exception cref="LedgerHaltedException">The log halted; every waiter gets the same exception.</exception>
    public async Task RunAsync(CancellationToken cancel)
    {
        await database.MigrateAsync(typeof(LedgerLog).Assembly, "Log", cancel);
        await database.WriteAsync(LogStore.Writer, within => LogStore.AdoptAsync(within, Origin), cancel);
        await anchorer.RunAsync(cancel);
    }

    /// <summary>Appends within the caller's transaction: the entry is in the log if and only if that transaction commits. The log's lock is held until then.</summary>
    /// <param name="draft">Its seq and time are given by the log.</param>
    /// <exception cref="ArgumentException">The draft is malformed; the message names the member.</exception>
    /// <exception cref="LedgerHaltedException">The log has halted.</exception>
    /// <exception cref="LedgerUnavailableException">Since the start, the chain was not yet read.</exception>
    public async Task<Entry> AppendAsync(DbTransaction transaction, Entry draft) => (await AppendAsync(transaction, [draft]))[0];

    /// <summary>Appends several, one behind the other.</summary>
    /// <inheritdoc cref="AppendAsync(DbTransaction, Entry)"/>
    public async Task<IReadOnlyList<Entry>> AppendAsync(DbTransaction transaction, IReadOnlyList<Entry> drafts)
    {
        drafts.ToList().ForEach(EntryRules.Check);
        anchorer.RefuseUnlessCompared();
        await database.LockAsync(transaction, LogStore.Writer);
        return await LogStore.AppendAsync(transaction, drafts, RecordTime.Write(time.GetUtcNow()));
    }

    /// <summary>Appends in a transaction of its own, which concurrent callers share. If it is cancelled, the entry may or may not be in the log.</summary>
    /// <inheritdoc cref="AppendAsync(DbTransaction, Entry)"/>
    public async Task<Entry> AppendAsync(Entry draft, CancellationToken cancel = default)
    {
        EntryRules.Check(draft);
        anchorer.RefuseUnlessCompared();
        var waiting = new Waiting(draft);
        queue.Enqueue(waiting);
        await oneAppender.WaitAsync(cancel);
        try
        {
            while (!waiting.Done.Task.IsCompleted)
            {
                await AppendQueuedAsync();
            }
        }
        finally
        {
            oneAppender.Release();
        }

        return await waiting.Done.Task;
    }

    /// <summary>Waits until the entry is final: co-signed, anchored by a transaction of status 1 in a block that is canonical when read again, and its charge settled.</summary>
    /// <param name="cancel">How long the caller waits; the entry becomes final in any case.</param>
    /// <exception cref="LedgerHaltedException">The log has halted.</exception>
    public async Task<FinalEntry> WhenFinalAsync(long seq, CancellationToken cancel)
    {
        while (true)
        {
            var next = anchorer.NextChange();
            if (anchorer.FinalSize > seq && await FindAsync(seq, cancel) is { } final)
            {
                return final;
            }

            anchorer.Appended(0);
            await next.WaitAsync(cancel);
        }
    }

    /// <summary>The entry with its proof, if it is final.</summary>
    /// <exception cref="LedgerHaltedException">The stored entry is not the one that was signed.</exception>
    public Task<FinalEntry?> FindAsync(long seq, CancellationToken cancel = default) => finals.AskAsync(seq, cancel);

    /// <summary>Entries appended so far, final or not.</summary>
    public Task<long> CountAsync(CancellationToken cancel = default) => database.ReadAsync(LogStore.CountAsync, cancel);

    /// <summary>The entries from one seq up to, not including, another; final or not.</summary>
    public Task<IReadOnlyList<Entry>> ReadAsync(long from, long to, CancellationToken cancel = default) => database.ReadAsync<IReadOnlyList<Entry>>(
        async connection => [.. (await LogStore.BodiesAsync(connection, from, to)).Select(row => LogStore.Read(row.Body))], cancel);

    /// <summary>The log from its beginning to its newest anchored checkpoint, for an export.</summary>
    public Task<LogHistory> HistoryAsync(CancellationToken cancel = default) => database.ReadAsync(async connection =>
    {
        var checkpoints = (await LogStore.CheckpointsAsync(connection, long.MaxValue)).TakeWhile(stored => stored.TransactionHash is not null).ToList();
        var bodies = await LogStore.BodiesAsync(connection, 0, checkpoints.Count == 0 ? 0 : checkpoints[^1].Size);
        return new LogHistory(Origin, [.. bodies.Select(row => JsonNode.Parse(row.Body)!.AsObject())], [.. checkpoints.Select(stored => new AnchoredNote(stored.Note, stored.TransactionHash!))]);
    }, cancel);

    /// <summary>The newest anchored checkpoint, as a signed note; null before the first.</summary>
    public async Task<string?> CheckpointAsync(CancellationToken cancel = default) => (await database.ReadAsync(LogStore.LastAnchoredAsync, cancel))?.Note;

    /// <summary>Inclusion proof of an entry in the tree of this size, which must be within the last signed checkpoint.</summary>
    public Task<IReadOnlyList<Hash32>> ProofAsync(long seq, long size, CancellationToken cancel = default) =>
        database.ReadAsync(connection => FoldAsync(connection, ProofPlan.Inclusion(seq, size)), cancel);

    /// <summary>Proof that the tree of size <paramref name="to"/> extends the one of <paramref name="from"/>.</summary>
    public Task<IReadOnlyList<Hash32>> ConsistencyAsync(long from, long to, CancellationToken cancel = default) =>
        database.ReadAsync(connection => FoldAsync(connection, ProofPlan.Consistency(from, to)), cancel);

    public void Dispose()
    {
        anchorer.Dispose();
        oneAppender.Dispose();
    }

    internal static async Task<IReadOnlyList<Hash32>> FoldAsync(DbConnection connection, IReadOnlyList<(long Start, long End)> ranges)
    {
        var node = await LogStore.NodesAsync(connection, ranges.SelectMany(range => ProofPlan.Nodes(range.Start, range.End)));
        return [.. ranges.Select(range => ProofPlan.Fold(range.Start, range.End, node))];
    }

    private async Task AppendQueuedAsync()
    {
        var batch = new List<Waiting>();
        while (batch.Count < 4 * options.BatchSize && queue.TryDequeue(out var next))
        {
            batch.Add(next);
        }

        try
        {
            var now = RecordTime.Write(time.GetUtcNow());
            var entries = await database.WriteAsync(LogStore.Writer, within => LogStore.AppendAsync(within, [.. batch.Select(waiting => waiting.Draft)], now));
            batch.Zip(entries).ToList().ForEach(pair => pair.First.Done.SetResult(pair.Second));
            anchorer.Appended(batch.Count);
        }
        catch (Exception failed)
        {
            batch.ForEach(waiting => waiting.Done.SetException(failed));
        }
    }

    private sealed record Waiting(Entry Draft)
    {
        public TaskCompletionSource<Entry> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
