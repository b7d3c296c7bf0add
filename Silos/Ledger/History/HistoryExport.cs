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
    /// <param name="zip">Where to; it need not be seekable.</param>
    /// <param name="logs">All logs that have ever anchored; what the chain does not hold yet is left out.</param>
    /// <param name="exporter">A key that Members names.</param>
    /// <exception cref="LedgerUnavailableException">The chain does not answer.</exception>
    public static async Task WriteAsync(Stream zip, IReadOnlyList<LogHistory> logs, ChainClient chain, SigningKey exporter, TimeProvider time, CancellationToken cancel = default)
    {
        var head = await chain.ReadBlockAsync(null, cancel) ?? throw new LedgerUnavailableException("the ledger has no newest block");
        var events = await chain.ReadEventsAsync(null, head.Number, cancel);
        var members = await chain.ReadMembersAsync(cancel);
        var held = logs.Select(log => Until(log, events)).OrderBy(log => log.Origin, StringComparer.Ordinal).ToList();
        var files = new Dictionary<string, byte[]>
        {
            [HistoryFile.Entries] = Lines(held.SelectMany(log => log.Entries.Select(entry => new EntryLine(log.Origin, entry)))),
            [HistoryFile.Checkpoints] = Lines(held.SelectMany(log => log.Checkpoints.Select(anchored => new CheckpointLine(log.Origin, anchored.Note, anchored.Transaction)))),
            [HistoryFile.Members] = CanonicalJson.Bytes(Members(Line(chain.Deployment, events), members, held)),
            [HistoryFile.Permits] = Lines(await VotesAsync(chain, events, cancel)),
            [HistoryFile.Consents] = Lines(held.SelectMany(Consents)),
            [HistoryFile.Chain] = Lines(await ChainAsync(chain, events, cancel)),
        };
        var manifest = new Manifest(
            chain.Deployment.ChainId, chain.Deployment.Members, Nonce.New(), RecordTime.Write(time.GetUtcNow()), (long)head.Number, files.ToDictionary(file => file.Key, file => Hash32.Of(file.Value)));
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

    private static LogHistory Until(LogHistory log, IReadOnlyList<ChainEvent> events)
    {
        var id = Hash32.Of(log.Origin).ToString();
        var size = events.Where(happened => happened.Name == "CheckpointAnchored" && happened.Fields["logId"]!.GetValue<string>() == id)
            .Select(happened => (long)happened.Number("size")).DefaultIfEmpty(0).Max();
        return log with
        {
            Entries = [.. log.Entries.Where(entry => entry["seq"]!.GetValue<long>() < size)],
            Checkpoints = [.. log.Checkpoints.Where(anchored => Checkpoint.Parse(SignedNote.Parse(anchored.Note)!.Text)!.Size <= size)],
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

    private static async Task<IReadOnlyList<ChainLine>> ChainAsync(ChainClient chain, IReadOnlyList<ChainEvent> events, CancellationToken cancel)
    {
        var lines = new List<ChainLine>();
        foreach (var block in events.GroupBy(happened => happened.Block))
        {
            var found = await chain.ReadBlockAsync(block.Key, cancel);
            if (found is null || found.Hash != block.First().BlockHash)
            {
                throw new LedgerUnavailableException($"the ledger's head went back while the history was exported, at block {block.Key}; export again");
            }

            lines.Add(new ChainLine(Block: new BlockLine((long)found.Number, found.Hash, found.Time.ToUnixTimeSeconds())));
            lines.AddRange(block.Select(happened => new ChainLine(happened)));
        }

        return lines;
    }

    private static byte[] Lines<T>(IEnumerable<T> lines)
        where T : notnull
    {
        var bytes = new MemoryStream();
        foreach (var line in lines)
        {
            bytes.Write(CanonicalJson.Bytes(line));
            bytes.WriteByte((byte)'\n');
        }

        return bytes.ToArray();
    }
}
