using System.IO.Compression;
using System.Text.Json.Nodes;
using Silos.Ledger.Chain;
using Silos.Ledger.Checkpoints;
using Silos.Ledger.Records;

namespace Silos.Ledger.History;

/// <summary>
/// Writes the history that <c>verify history</c> replays (FORMATS.md, "History export"): the logs, and what the chain holds of them.
/// It opens no commitment. Everything of the chain is read from the chain, the signed votes too.
/// </summary>
public static class HistoryExport
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <param name="zip">Where to; it need not be seekable.</param>
    /// <param name="gather">Reads all logs that have ever anchored; asked again while one of them is behind the chain. What the chain does not hold yet is left out.</param>
    /// <param name="exporter">A key that Members names.</param>
    /// <param name="witnesses">Who is asked to vouch for the chain's events; null where Members names no witness.</param>
    /// <exception cref="LedgerUnavailableException">The chain does not answer, a log stays behind it, or no witness sees the same chain.</exception>
    public static async Task WriteAsync(
        Stream zip, Func<CancellationToken, Task<IReadOnlyList<LogHistory>>> gather, ChainClient chain, SigningKey exporter, WitnessQuorum? witnesses, TimeProvider time, CancellationToken cancel = default)
    {
        var (block, lines, members) = await ReadChainAsync(chain, cancel);
        var held = (await GatherAsync(gather, lines.Events, time, cancel)).Select(log => Until(log, lines.Events)).Where(log => log.Entries.Count > 0).DistinctBy(log => log.Origin).OrderBy(log => log.Origin, StringComparer.Ordinal).ToList();
        byte[] vouched = witnesses is null ? [] : ChainLines.Write([new ChainLine(Witnessed: await witnesses.VouchAsync(chain.Deployment.Deployed, block, Hash32.Of(lines.Bytes), cancel))]);
        var files = new Dictionary<string, byte[]>
        {
            [HistoryFile.Entries] = ChainLines.Write(held.SelectMany(log => log.Entries.Select(entry => new EntryLine(log.Origin, entry)))),
            [HistoryFile.Checkpoints] = ChainLines.Write(held.SelectMany(log => log.Checkpoints.Select(anchored => new CheckpointLine(log.Origin, SignedNote.Parse(anchored.Note)!.Sorted(log.Origin).ToString(), anchored.Transaction)))),
            [HistoryFile.Members] = CanonicalJson.Bytes(Members(Line(chain.Deployment, lines.Events), members, held)),
            [HistoryFile.Permits] = ChainLines.Write(await VotesAsync(chain, lines.Events, cancel)),
            [HistoryFile.Consents] = ChainLines.Write(held.SelectMany(Consents)),
            [HistoryFile.Chain] = [.. lines.Bytes, .. vouched],
        };
        var manifest = new Manifest(
            chain.Deployment.ChainId, chain.Deployment.Members, Nonce.New(), RecordTime.Write(time.GetUtcNow()), block, files.ToDictionary(file => file.Key, file => Hash32.Of(file.Value)));
        files[HistoryFile.Manifest] = CanonicalJson.Bytes(SignedRecord.Sign(manifest, exporter));
        await using var archive = await ZipArchive.CreateAsync(zip, ZipArchiveMode.Create, leaveOpen: true, entryNameEncoding: null, cancel);
        foreach (var (name, bytes) in files)
        {
            await using var stream = await archive.CreateEntry(name, CompressionLevel.Fastest).OpenAsync(cancel);
            await stream.WriteAsync(bytes, cancel);
        }
    }

    /// <summary>The consent snapshots of a log, as its entries tell them.</summary>
    public static IEnumerable<ConsentLine> Consents(LogHistory log) =>
        from json in log.Entries
        let entry = CanonicalJson.Read<Entry>(json)
        where entry is { Kind: EntryKind.ConsentSnapshot, ConsentRoot: not null }
        select new ConsentLine(log.Origin, entry.Seq, entry.ConsentRoot!.Value);

    /// <summary>The newest block, the events up to it, and the members of that block.</summary>
    private static async Task<(long Block, ChainLines Lines, MembersState Members)> ReadChainAsync(ChainClient chain, CancellationToken cancel)
    {
        for (var attempt = 0; attempt < 5; attempt++)
        {
            var head = await chain.ReadBlockAsync(null, cancel) ?? throw new LedgerUnavailableException("the ledger has no newest block");
            var lines = await ChainLines.ReadAsync(chain, head.Number, cancel);
            var members = await chain.ReadMembersAsync(cancel);

            // The founding is no change; one that came after this block would put members into the export that its events do not know.
            var changes = lines.Events.Where(happened => happened.Name is "MemberChanged" or "LogChanged" or "QuorumChanged").Select(happened => happened.Transaction).Distinct().Count() - 1;
            if (members.Changes == (ulong)changes)
            {
                return ((long)head.Number, lines, members);
            }
        }

        throw new LedgerUnavailableException("the members change while the history is exported; export again");
    }

    /// <summary>The logs, each with every checkpoint that the events say is anchored: a host records an anchoring a moment after the chain did.</summary>
    private static async Task<IReadOnlyList<LogHistory>> GatherAsync(Func<CancellationToken, Task<IReadOnlyList<LogHistory>>> gather, IReadOnlyList<ChainEvent> events, TimeProvider time, CancellationToken cancel)
    {
        var anchored = events.Where(happened => happened.Name == "CheckpointAnchored").GroupBy(happened => happened.Hash("logId")).ToDictionary(log => log.Key, log => log.Max(happened => (long)happened.Number("size")));
        var started = time.GetTimestamp();
        while (true)
        {
            var logs = await gather(cancel);
            var behind = anchored.Where(log => logs.FirstOrDefault(history => Hash32.Of(history.Origin) == log.Key) is not { } history || SizeOf(history) < log.Value).Select(log => log.Key).ToList();
            if (behind.Count == 0)
            {
                return logs;
            }

            if (time.GetElapsedTime(started) > Patience)
            {
                throw new LedgerUnavailableException($"the chain holds more of the logs {string.Join(", ", behind)} than their hosts show; an export would have a gap");
            }

            await Task.Delay(Pause, time, cancel);
        }
    }

    private static long SizeOf(LogHistory log) => log.Checkpoints.Count == 0 ? 0 : SizeOf(log.Checkpoints[^1]);

    private static long SizeOf(AnchoredNote anchored) =>
        SignedNote.Parse(anchored.Note) is { } note && Checkpoint.Parse(note.Text) is { } checkpoint ? checkpoint.Size : throw new FormatException("a host shows a checkpoint that is none");

    private static MembersFile Members(DeploymentLine deployment, MembersState members, IEnumerable<LogHistory> logs)
    {
        var origins = logs.ToDictionary(log => Hash32.Of(log.Origin), log => log.Origin);
        return new MembersFile(
            deployment,
            [.. members.All.Select(member => new MemberLine(member.Key, (int)member.Roles))],
            [.. members.Logs.Select(log => new LogLine(log.LogId, log.Member, log.Account, origins.GetValueOrDefault(log.LogId)))],
            members.Quorum);
    }

    private static DeploymentLine Line(Deployment deployment, IReadOnlyList<ChainEvent> events) =>
        new(deployment.ChainId, deployment.Members, deployment.Permits, deployment.Budgets, deployment.TransparencyLog, (long)events[0].Block, events[0].BlockHash);

    /// <summary>The log as far as the events go. Which transaction anchored a checkpoint is the chain's to say: a chain that went back to a branch it had left holds another one than the host remembers.</summary>
    private static LogHistory Until(LogHistory log, IReadOnlyList<ChainEvent> events)
    {
        var id = Hash32.Of(log.Origin);
        var anchored = events.Where(happened => happened.Name == "CheckpointAnchored" && happened.Hash("logId") == id).ToDictionary(happened => (long)happened.Number("size"), happened => happened.Transaction);
        var size = anchored.Keys.DefaultIfEmpty(0).Max();
        return log with
        {
            Entries = [.. log.Entries.Where(entry => entry["seq"]!.GetValue<long>() < size)],
            Checkpoints = [.. log.Checkpoints.Where(held => SizeOf(held) <= size).Select(held => held with { Transaction = anchored.GetValueOrDefault(SizeOf(held), held.Transaction) })],
        };
    }

    private static async Task<IReadOnlyList<VoteLine>> VotesAsync(ChainClient chain, IReadOnlyList<ChainEvent> events, CancellationToken cancel)
    {
        var replay = ChainReplay.Of(events);
        var about = replay.PermitsBySubject();
        var lines = new List<VoteLine>();
        foreach (var cast in events.Where(happened => happened.Name == "VoteCast"))
        {
            if (await chain.ReadSignedVoteAsync(cast.Transaction, replay.KeyOf, cancel) is { } vote)
            {
                lines.Add(new VoteLine(vote, about.TryGetValue(cast.Hash("subject"), out var permit) ? permit : null));
            }
        }

        return lines;
    }
}
