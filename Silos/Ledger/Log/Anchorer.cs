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

    private static readonly TimeSpan IdleComparison = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    private readonly AnchorerLease lease = new(database, origin, time, logger);
    private readonly RecordAnchoring record = new(database, key, origin, time, logger);
    private readonly SemaphoreSlim wake = new(0);
    private TaskCompletionSource change = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TimeSpan untilDue = options.BatchAge;
    private long finalSize;
    private long closed;
    private long compared;
    private int appended;
    private bool comparedOnce;

    public LogHealth Health { get; private set; } = LogHealth.Well;

    /// <summary>Entries below this are final, as far as this process knows.</summary>
    public long FinalSize => Volatile.Read(ref finalSize);

    /// <summary>Completes when more entries are final; fails when the log halts.</summary>
    public Task NextChange() => Volatile.Read(ref change).Task;

    /// <summary>Tells that entries were appended, or are waited for: a full batch need not wait for its age, nor one that is older than that.</summary>
    public void Appended(int count)
    {
        var full = Interlocked.Add(ref appended, count) >= options.BatchSize;
        if ((full || time.GetElapsedTime(Volatile.Read(ref closed)) >= options.BatchAge) && wake.CurrentCount == 0)
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
            await lease.ReleaseAsync();
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
        if (size > 0 && (at is null || at.Parsed().Root != head.Root))
        {
            await chain.Check(cancel);
            throw Halt(new LedgerHaltedException(Difference(size, last?.Size ?? 0, at is not null)));
        }

        if ((anchored?.Size ?? 0) > size)
        {
            // Another process of this host may have anchored between the two readings: the chain has gone back only if it still says so.
            if ((long)(await chain.Read(cancel)).Size != size)
            {
                return await CompareAsync(cancel);
            }

            await chain.Check(cancel);
            await database.WriteAsync(LogStore.Writer, within => record.ForgetAsync(within, anchored!, size), cancel);
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
                pause = untilDue;
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
        var age = time.GetElapsedTime(closed);
        var due = waiting >= options.BatchSize || (waiting > 0 && age >= options.BatchAge);
        untilDue = waiting > 0 && age < options.BatchAge ? options.BatchAge - age : options.BatchAge;
        if ((pending is null && !due) || !await lease.HoldAsync(cancel))
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
            Volatile.Write(ref closed, time.GetTimestamp());
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
        var checkpoint = pending.Parsed();
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

        await record.RunAsync(pending, anchoring, cancel);
        SetFinal(pending.Size);
    }

    private async Task RecoverAnchorsAsync(long size, CancellationToken cancel)
    {
        foreach (var pending in (await database.ReadAsync(connection => LogStore.CheckpointsAsync(connection, size), cancel)).Where(stored => stored.TransactionHash is null))
        {
            var anchoring = await chain.Find(pending.Size, cancel)
                ?? throw new LedgerUnavailableException(string.Create(CultureInfo.InvariantCulture, $"the chain holds log '{origin}' at size {size}, but shows no transaction that anchored size {pending.Size}"));
            await record.RunAsync(pending, anchoring, cancel);
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
}
