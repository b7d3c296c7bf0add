using System.Data.Common;
using System.Globalization;
using Microsoft.Extensions.Logging;
using Silos.Ledger.Chain;
using Silos.Ledger.Checkpoints;
using Silos.Ledger.Merkle;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;

namespace Silos.Ledger.Log;

/// <summary>
/// Makes appended entries final, one checkpoint after the other. Each step begins by comparing chain and database, so that it does not matter
/// where the last one ended: a checkpoint that is signed but not anchored is anchored, one that the chain lost is anchored again,
/// and two histories halt the log.
/// </summary>
internal sealed class Anchorer(
    Database database, SigningKey key, string origin, AnchorPort chain, LogOptions options, TimeProvider time, ILogger logger, WitnessQuorum? witnesses)
    : IDisposable
{
    /// <summary>How many batches' worth of entries one checkpoint may take when they have piled up.</summary>
    private const int MostInBacklog = 16;

    private static readonly TimeSpan LeaseLength = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan IdleComparison = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromSeconds(60);

    private readonly string holder = Nonce.New();
    private readonly SemaphoreSlim wake = new(0);
    private TaskCompletionSource change = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long finalSize;
    private long closed;
    private long compared;
    private long heldUntil;
    private int appended;
    private bool clocksDiffer;
    private bool comparedOnce;

    public LogHealth Health { get; private set; } = LogHealth.Well;

    /// <summary>Entries below this are final, as far as this process knows.</summary>
    public long FinalSize => Volatile.Read(ref finalSize);

    /// <summary>Completes when more entries are final; fails when the log halts.</summary>
    public Task NextChange() => Volatile.Read(ref change).Task;

    /// <summary>Tells that entries were appended, so that a full batch need not wait for its age.</summary>
    public void Appended(int count)
    {
        if (Interlocked.Add(ref appended, count) >= options.BatchSize && wake.CurrentCount == 0)
        {
            wake.Release();
        }
    }

    public void RefuseUnlessCompared()
    {
        if (Health is { Halted: true, Trouble: var trouble })
        {
            throw new LedgerHaltedException(trouble!);
        }

        if (!Volatile.Read(ref comparedOnce))
        {
            throw new LedgerUnavailableException($"the log '{origin}' was not yet compared with the chain, so it may be an old backup; appending waits until the chain answers");
        }
    }

    public async Task RunAsync(CancellationToken cancel)
    {
        try
        {
            await LoopAsync(cancel);
        }
        finally
        {
            await ReleaseAsync();
        }
    }

    /// <summary>Compares the chain's newest checkpoint of this log with the database's, and takes note of what the chain lost or gained meanwhile.</summary>
    /// <exception cref="LedgerHaltedException">The two tell different histories.</exception>
    public async Task<long> CompareAsync(CancellationToken cancel)
    {
        var head = await chain.Read(cancel);
        var size = (long)head.Size;
        var (at, last, anchored) = await database.ReadAsync(async connection =>
            (await LogStore.CheckpointAtAsync(connection, size), await LogStore.LastCheckpointAsync(connection), await LogStore.LastAnchoredAsync(connection)), cancel);
        if (size > 0 && (at is null || Parse(at).Root != head.Root))
        {
            await chain.Check(cancel);
            throw Halt(new LedgerHaltedException(Difference(size, last?.Size ?? 0, at is not null)));
        }

        if ((anchored?.Size ?? 0) > size)
        {
            await chain.Check(cancel);
            await database.WriteAsync(LogStore.Writer, within => ForgetAnchorsAsync(within, anchored!, size), cancel);
        }
        else if (at is { TransactionHash: null })
        {
            await RecoverAnchorsAsync(size, cancel);
        }

        SetFinal(size);
        compared = time.GetTimestamp();
        Volatile.Write(ref comparedOnce, true);
        return size;
    }

    public void Dispose() => wake.Dispose();

    private async Task LoopAsync(CancellationToken cancel)
    {
        var pause = options.BatchAge;
        while (true)
        {
            try
            {
                if (await StepAsync(cancel))
                {
                    continue;
                }

                Health = LogHealth.Well;
                pause = options.BatchAge;
            }
            catch (Exception halted) when (halted is LedgerHaltedException or WrongLedgerException)
            {
                throw Halt(halted);
            }
            catch (Exception trouble) when (trouble is LedgerUnavailableException or DbException)
            {
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
                if (Health.Trouble is null)
                {
                    logger.LogWarning("Log {Origin} cannot make entries final: {Trouble}", origin, trouble.Message);
                }

                Health = new LogHealth(trouble.Message, Halted: false);
            }

            await wake.WaitAsync(pause, cancel);
        }
    }

    /// <returns>Whether there may be more to do at once.</returns>
    private async Task<bool> StepAsync(CancellationToken cancel)
    {
        var (count, last, pending) = await database.ReadAsync(async connection =>
            (await LogStore.CountAsync(connection), await LogStore.LastCheckpointAsync(connection), await LogStore.FirstPendingAsync(connection)), cancel);
        var waiting = count - (last?.Size ?? 0);
        var due = waiting >= options.BatchSize || (waiting > 0 && time.GetElapsedTime(closed) >= options.BatchAge);
        if ((pending is null && !due) || !await HoldAsync(cancel))
        {
            if (!comparedOnce || time.GetElapsedTime(compared) >= IdleComparison || (last is not null && pending is null && last.Size > FinalSize))
            {
                await CompareAsync(cancel);
            }

            return false;
        }

        var head = await CompareAsync(cancel);
        pending = await database.ReadAsync(LogStore.FirstPendingAsync, cancel);
        if (pending is null)
        {
            Interlocked.Exchange(ref appended, 0);
            closed = time.GetTimestamp();
            pending = await database.WriteAsync(LogStore.Writer, within => BatchCloser.CloseAsync(within, origin, key, MostInBacklog * options.BatchSize, time.GetUtcNow()), cancel);
        }

        if (pending is null)
        {
            return false;
        }

        await AnchorAsync(pending, head, cancel);
        return true;
    }

    private async Task AnchorAsync(StoredCheckpoint pending, long anchoredSize, CancellationToken cancel)
    {
        var note = SignedNote.Parse(pending.Note)!;
        var checkpoint = Parse(pending);
        if (witnesses is not null && !witnesses.IsMet(note))
        {
            note = await witnesses.CosignAsync(note, checkpoint, from => database.ReadAsync(connection => LedgerLog.FoldAsync(connection, ProofPlan.Consistency(from, checkpoint.Size)), cancel), cancel);
            await database.WriteAsync(LogStore.Writer, within => LogStore.ReplaceNoteAsync(within, checkpoint.Size, note.ToString()), cancel);
        }

        var (proof, rows) = await database.ReadAsync(async connection =>
            (await LedgerLog.FoldAsync(connection, ProofPlan.Consistency(anchoredSize, checkpoint.Size)), await LogStore.BodiesAsync(connection, pending.FirstSeq, pending.Size)), cancel);
        var result = await chain.Anchor(new AnchorRequest(checkpoint.Size, checkpoint.Root, proof, BatchCloser.Charges(rows)), cancel);
        if (result.Anchoring is not { } anchoring)
        {
            throw new LedgerUnavailableException($"the contract took no checkpoint of log '{origin}': {result.Refusal?.Text}; is its key and account in Members?");
        }

        await RecordAsync(pending, anchoring, cancel);
    }

    private async Task RecordAsync(StoredCheckpoint pending, Anchoring anchoring, CancellationToken cancel)
    {
        var settled = anchoring.Settlements.ToDictionary(charge => (long)charge.Seq, charge => charge.Refusal);
        await database.WriteAsync(LogStore.Writer, async within =>
        {
            var changed = new List<long>();
            foreach (var (seq, refusal) in pending.TimesAnchored > 0 ? settled : [])
            {
                if (await LogStore.SettlementAsync(within.Connection!, seq, within) is { } before && before != refusal)
                {
                    changed.Add(seq);
                }
            }

            await LogStore.SetAnchorAsync(within, pending.Size, anchoring.Receipt);
            await LogStore.SetSettlementsAsync(within, settled);
            if (changed.Count > 0)
            {
                await NoticeAsync(within, EntryKind.Alarm, $"after the chain's head went back, it settled the charges of entries {string.Join(", ", changed)} otherwise than before");
            }

            if (pending.TimesAnchored > 0 && pending.Size == await LogStore.EverAnchoredAsync(within))
            {
                await NoticeAsync(within, EntryKind.ReAnchored, string.Create(CultureInfo.InvariantCulture, $"all checkpoints up to size {pending.Size} are anchored again, in block {anchoring.Receipt.Block.Number}"));
            }

            await CheckClockAsync(within, Parse(pending), anchoring.Receipt.Block);
        }, cancel);
        SetFinal(pending.Size);
    }

    private async Task RecoverAnchorsAsync(long size, CancellationToken cancel)
    {
        foreach (var pending in (await database.ReadAsync(connection => LogStore.CheckpointsAsync(connection, size), cancel)).Where(stored => stored.TransactionHash is null))
        {
            var anchoring = await chain.Find(pending.Size, cancel)
                ?? throw new LedgerUnavailableException(string.Create(CultureInfo.InvariantCulture, $"the chain holds log '{origin}' at size {size}, but shows no transaction that anchored size {pending.Size}"));
            await RecordAsync(pending, anchoring, cancel);
        }
    }

    private async Task ForgetAnchorsAsync(DbTransaction within, StoredCheckpoint anchored, long size)
    {
        if (await LogStore.UnanchorAsync(within, size) > 0)
        {
            await NoticeAsync(within, EntryKind.Alarm, string.Create(CultureInfo.InvariantCulture, $"the chain's head went back: it held size {anchored.Size} in block {anchored.BlockNumber}, and now holds size {size}; the checkpoints between are anchored again"));
        }
    }

    /// <summary>A checkpoint's time must be its block's, give or take a minute; the first that is not is told in an entry.</summary>
    private async Task CheckClockAsync(DbTransaction within, Checkpoint checkpoint, ChainBlock block)
    {
        var differ = (checkpoint.Time - block.Time).Duration() > ClockTolerance;
        if (differ && !clocksDiffer)
        {
            await NoticeAsync(within, EntryKind.Alarm, $"the checkpoint of size {checkpoint.Size} is dated {RecordTime.Write(checkpoint.Time)}, its block {RecordTime.Write(block.Time)}: more than a minute apart");
        }

        clocksDiffer = differ;
    }

    private async Task NoticeAsync(DbTransaction within, string kind, string notice)
    {
        var salt = Hash32.Random();
        var draft = LedgerLog.Draft(kind, key.Id) with { SubjectHash = Commitment.Of(Hash32.Of(notice), salt) };
        var entry = (await LogStore.AppendAsync(within, [draft], RecordTime.Write(time.GetUtcNow())))[0];
        await LogStore.AddNoticeAsync(within, entry.Seq, notice, salt);
        logger.LogWarning("Log {Origin}, {Kind} entry {Seq}: {Notice}", origin, kind, entry.Seq, notice);
    }

    /// <summary>Keeps several processes from anchoring the same batch at the same time, which would be harmless but wasteful.</summary>
    private async Task<bool> HoldAsync(CancellationToken cancel)
    {
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        if (heldUntil - now < LeaseLength.TotalMilliseconds / 2)
        {
            var until = now + (long)LeaseLength.TotalMilliseconds;
            heldUntil = await database.WriteAsync(LogStore.Writer, within => LogStore.HoldAsync(within, holder, now, until), cancel) ? until : 0;
        }

        return heldUntil > now;
    }

    private async Task ReleaseAsync()
    {
        try
        {
            if (heldUntil > 0)
            {
                await database.WriteAsync(LogStore.Writer, within => LogStore.ReleaseAsync(within, holder));
            }
        }
        catch (DbException gone)
        {
            logger.LogDebug("Log {Origin} could not give back its lease, which ends by itself: {Reason}", origin, gone.Message);
        }
    }

    private void SetFinal(long size)
    {
        if (Interlocked.Exchange(ref finalSize, size) != size && !Health.Halted)
        {
            Interlocked.Exchange(ref change, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
        }
    }

    private LedgerHaltedException Halt(Exception reason)
    {
        var halted = reason as LedgerHaltedException ?? new LedgerHaltedException(reason.Message, reason);
        if (!Health.Halted)
        {
            Health = new LogHealth(halted.Message, Halted: true);
            logger.LogCritical("Log {Origin} halted: {Trouble}", origin, halted.Message);
        }

        Volatile.Read(ref change).TrySetException(halted);
        return halted;
    }

    private string Difference(long chainSize, long databaseSize, bool sameSize) =>
        sameSize ? string.Create(CultureInfo.InvariantCulture, $"the log '{origin}' differs from the chain: both have a checkpoint of size {chainSize}, but with different roots; the database was altered, or is another log's")
        : chainSize > databaseSize ? string.Create(CultureInfo.InvariantCulture, $"the chain holds {chainSize} entries of log '{origin}', the database's checkpoints only {databaseSize}: the database was restored from an older backup; nothing is served until the missing entries are brought back (from a copy of the database or an export)")
        : string.Create(CultureInfo.InvariantCulture, $"the chain holds log '{origin}' at size {chainSize}, at which this database never signed a checkpoint: another writer uses this log's account");

    private static Checkpoint Parse(StoredCheckpoint stored) =>
        SignedNote.Parse(stored.Note) is { } note && Checkpoint.Parse(note.Text) is { } checkpoint && checkpoint.Size == stored.Size
            ? checkpoint
            : throw new LedgerHaltedException(string.Create(CultureInfo.InvariantCulture, $"the checkpoint of size {stored.Size} in the database is not readable: it was altered"));
}
