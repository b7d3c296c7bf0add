using System.Data.Common;
using System.Globalization;
using Microsoft.Extensions.Logging;
using Silos.Ledger.Chain;
using Silos.Ledger.Checkpoints;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;

namespace Silos.Ledger.Log;

/// <summary>Writes down what the chain did with a checkpoint, or undid, and tells what is out of the ordinary in entries of the log's own.</summary>
internal sealed class RecordAnchoring(Database database, SigningKey key, string origin, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromSeconds(60);

    private bool clocksDiffer;

    /// <summary>The checkpoint is anchored, and its charges are settled so.</summary>
    public async Task RunAsync(StoredCheckpoint pending, Anchoring anchoring, CancellationToken cancel)
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

            await CheckClockAsync(within, pending.Parsed(), anchoring.Receipt.Block);
        }, cancel);
    }

    /// <summary>The chain holds the log only up to a size: the checkpoints above are to be anchored again.</summary>
    public async Task ForgetAsync(DbTransaction within, StoredCheckpoint anchored, long size)
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
}
