using System.Globalization;
using System.Text.Json;
using Silos.Ledger.Chain;
using Silos.Ledger.History;
using Silos.Ledger.Records;

namespace Silos.Verifier;

/// <summary><c>verify history EXPORT [--rpc URL]</c>: replays a history export from nothing.</summary>
internal static class HistoryCommand
{
    public static async Task<int> RunAsync(string path, Uri? url, int? witnesses, TextWriter output)
    {
        var findings = new Findings(output);
        try
        {
            if (HistoryArchive.Open(path, findings) is { } archive)
            {
                await ReplayAsync(archive, url, witnesses, findings);
            }
        }
        catch (Exception bad) when (bad is FormatException or ArgumentException or JsonException or KeyNotFoundException or InvalidOperationException or OverflowException or NullReferenceException or RpcException)
        {
            findings.Check(false, "", $"malformed: {bad.Message}");
        }

        return findings.Conclude("history");
    }

    private static async Task ReplayAsync(HistoryArchive archive, Uri? url, int? witnesses, Findings findings)
    {
        if (OpenManifest(archive, findings) is not var (manifest, signer, members))
        {
            return;
        }

        var chainLines = archive.Lines<ChainLine>(HistoryFile.Chain, findings);
        var events = CheckChain(chainLines, manifest, members.Deployment.ToDeployment(), findings);
        var board = new BoardCheck(members.Deployment.ToDeployment(), findings);
        board.Run(events, archive.Lines<VoteLine>(HistoryFile.Permits, findings));
        var entryLines = archive.Lines<EntryLine>(HistoryFile.Entries, findings);
        board.Compare(members, entryLines.Select(line => line.Log).ToHashSet(StringComparer.Ordinal));
        findings.Check(board.IsMember(signer), $"exporter: {signer} is in Members", $"wrong key: the manifest is signed by {signer}, who is not in Members");
        if (TryReplay(events, findings) is { } replay)
        {
            var times = chainLines.Select(line => line.Block).OfType<BlockLine>().DistinctBy(block => block.Number).ToDictionary(block => block.Number, block => DateTimeOffset.FromUnixTimeSeconds(block.Time));
            DateTimeOffset? TimeOf(long block) => times.TryGetValue(block, out var time) ? time : null;
            CheckVoteNames(archive, replay, findings);
            var entries = CheckLogs(archive, replay, TimeOf, witnesses, findings);
            new ReleaseCheck(replay, TimeOf, findings).Run(entries);
            NoteAlarms(entries, findings);
            CheckStatement(archive, chainLines, manifest, members.Deployment.ToDeployment().Deployed, replay, witnesses, findings);
        }

        if (url is not null)
        {
            await CompareWithChainAsync(url, members.Deployment.ToDeployment(), manifest, events, archive, chainLines, findings);
        }
        else
        {
            findings.Note("chain: give --rpc to compare the events with a node of the chain yourself");
        }
    }

    private static (Manifest Manifest, Hash32 Signer, MembersFile Members)? OpenManifest(HistoryArchive archive, Findings findings)
    {
        var missing = HistoryFile.Parts.Append(HistoryFile.Manifest).Except(archive.Names).ToList();
        var unknown = archive.Names.Except(HistoryFile.Parts.Append(HistoryFile.Manifest)).ToList();
        if (!findings.Check(missing.Count == 0 && unknown.Count == 0, "parts: all there, and no other", $"parts: missing are [{string.Join(", ", missing)}], unknown are [{string.Join(", ", unknown)}]"))
        {
            return null;
        }

        var signed = archive.One<SignedRecord>(HistoryFile.Manifest, findings);
        var members = archive.One<MembersFile>(HistoryFile.Members, findings);
        if (signed is null || members is null)
        {
            return null;
        }

        var opened = signed.Open<Manifest>(members.Deployment.ToDeployment().Deployed);
        if (!findings.Check(opened.Body is not null, "manifest: signed, and for this deployment", $"manifest: {opened.Reason}"))
        {
            return null;
        }

        var files = opened.Body!.Files;
        var changed = HistoryFile.Parts.Where(part => !files.TryGetValue(part, out var hash) || hash != archive.HashOf(part)).ToList();
        findings.Check(changed.Count == 0 && files.Count == HistoryFile.Parts.Count, "manifest: the parts are those that it lists", $"manifest: changed or not listed are [{string.Join(", ", changed)}]");
        findings.Check(RecordTime.Read(opened.Body.Time) is not null && Nonce.IsValid(opened.Body.Nonce), $"manifest: made {opened.Body.Time}, at block {opened.Body.Block}", "manifest: its time or nonce is malformed");
        return (opened.Body, opened.Signer, members);
    }

    private static List<ChainEvent> CheckChain(IReadOnlyList<ChainLine> lines, Manifest manifest, Deployment deployment, Findings findings)
    {
        var contracts = new Dictionary<string, string>
        {
            ["MemberChanged"] = deployment.Members, ["LogChanged"] = deployment.Members, ["QuorumChanged"] = deployment.Members, ["VoteCast"] = deployment.Members,
            ["PermitIssued"] = deployment.Permits, ["PermitSuspended"] = deployment.Permits, ["PermitResumed"] = deployment.Permits, ["PermitRevoked"] = deployment.Permits,
            ["SilenceChanged"] = deployment.Permits,
            ["LimitChanged"] = deployment.Budgets,
            ["CheckpointAnchored"] = deployment.TransparencyLog, ["ChargePosted"] = deployment.TransparencyLog, ["ChargeRefused"] = deployment.TransparencyLog,
        };
        var before = findings.Wrong.Count;
        var events = new List<ChainEvent>();
        BlockLine? block = null;
        foreach (var line in lines)
        {
            var reason = line switch
            {
                { Block: { } next, Event: null, Witnessed: null } => next.Number > (block?.Number ?? -1) && next.Time >= (block?.Time ?? 0) && next.Number <= manifest.Block ? null : Text($"block {next.Number} is out of order"),
                { Block: null, Event: { } happened, Witnessed: null } => !contracts.TryGetValue(happened.Name, out var contract) || contract != happened.Contract ? Text($"{happened.Name} in block {happened.Block} is no event of these contracts")
                    : block is null || (long)happened.Block != block.Number || happened.BlockHash != block.Hash ? Text($"{happened.Name} in block {happened.Block} is not under its block")
                    : events.Count > 0 && events[^1].Block == happened.Block && events[^1].Index >= happened.Index ? Text($"{happened.Name} in block {happened.Block} is out of order")
                    : null,
                { Block: null, Event: null, Witnessed: not null } when ReferenceEquals(line, lines[^1]) => null,
                _ => "a line is neither a block nor an event, nor last of all a witness's statement",
            };
            if (reason is not null)
            {
                findings.Check(false, "", "chain: " + reason);
            }

            block = line.Block ?? block;
            if (line.Event is not null)
            {
                events.Add(line.Event);
            }
        }

        findings.Check(events.Count > 0 && events[0].Block == deployment.FirstBlock && events[0].BlockHash == deployment.FirstBlockHash, Text($"deployment: made in block {deployment.FirstBlock}, Members at {deployment.Members}"), "deployment: the first event is not in the block that members.json names");
        if (findings.Wrong.Count == before)
        {
            findings.Check(true, Text($"chain: {events.Count} events in order"), "");
        }

        return events;
    }

    private static ChainReplay? TryReplay(IReadOnlyList<ChainEvent> events, Findings findings)
    {
        try
        {
            return ChainReplay.Of(events);
        }
        catch (Exception bad) when (bad is FormatException or KeyNotFoundException)
        {
            findings.Check(false, "", $"chain: {bad.Message}");
            return null;
        }
    }

    private static void CheckVoteNames(HistoryArchive archive, ChainReplay replay, Findings findings)
    {
        var about = replay.PermitsBySubject();
        var wrong = archive.Lines<VoteLine>(HistoryFile.Permits, findings).Count(line =>
            line.PermitId != (Hash32.TryParse(line.Vote.Body["subject"]?.ToString(), out var subject) && about.TryGetValue(subject, out var permit) ? permit : null));
        findings.Check(wrong == 0, "permits: each vote stands under the permit that it is about", $"permits: {wrong} votes stand under another permit than they are about");
    }

    private static List<LoggedEntry> CheckLogs(HistoryArchive archive, ChainReplay replay, Func<long, DateTimeOffset?> blockTime, int? witnesses, Findings findings)
    {
        var entries = archive.Lines<EntryLine>(HistoryFile.Entries, findings);
        var checkpoints = archive.Lines<CheckpointLine>(HistoryFile.Checkpoints, findings);
        var wanted = witnesses ?? (replay.RolesEver.Values.Any(roles => roles.HasFlag(Roles.Witness)) ? 1 : 0);
        var origins = entries.Select(line => line.Log).Concat(checkpoints.Select(line => line.Log)).Distinct().ToList();
        findings.Check(origins.Order(StringComparer.Ordinal).SequenceEqual(origins) && IsGrouped(entries.Select(line => line.Log)) && IsGrouped(checkpoints.Select(line => line.Log)),
            Text($"logs: {origins.Count}"), "logs: their lines are not in order");
        foreach (var absent in replay.Anchors.Keys.Select(anchor => anchor.Log).Distinct().Except(origins.Select(Hash32.Of)))
        {
            findings.Check(false, "", $"truncated: the chain holds log {absent}; the export does not");
        }

        var logged = new List<LoggedEntry>();
        foreach (var origin in origins)
        {
            try
            {
                logged.AddRange(new LogCheck(origin, replay, blockTime, wanted, findings).Run(
                    [.. entries.Where(line => line.Log == origin).Select(line => line.Entry)], [.. checkpoints.Where(line => line.Log == origin)]));
            }
            catch (Exception bad) when (bad is JsonException or FormatException)
            {
                findings.Check(false, "", $"log {origin}: an entry is malformed: {bad.Message}");
            }
        }

        var consents = logged.Where(entry => entry.Entry is { Kind: EntryKind.ConsentSnapshot, ConsentRoot: not null }).Select(entry => new ConsentLine(entry.Origin, entry.Entry.Seq, entry.Entry.ConsentRoot!.Value));
        findings.Check(archive.Lines<ConsentLine>(HistoryFile.Consents, findings).SequenceEqual(consents), "consents: the snapshots are those of the entries", "consents: consents.ndjson is not what the entries say");
        return logged;
    }

    /// <summary>Without a node, the events count because a witness read the same from its own.</summary>
    private static void CheckStatement(HistoryArchive archive, IReadOnlyList<ChainLine> lines, Manifest manifest, Deployed deployed, ChainReplay replay, int? witnesses, Findings findings)
    {
        if (lines.Count == 0 || lines[^1].Witnessed is not { } statement)
        {
            var wanted = (witnesses ?? 1) > 0 && replay.RolesEver.Values.Any(roles => roles.HasFlag(Roles.Witness));
            findings.Check(!wanted, "chain: Members names no witness that could vouch for the events", "chain: no witness vouches for the events");
            return;
        }

        var (body, signer, reason) = statement.Open<ChainStatement>(deployed);
        findings.Check(
            body is not null && replay.RolesEver.GetValueOrDefault(signer).HasFlag(Roles.Witness) && body.Block == manifest.Block && body.Lines == archive.HashBeforeLastLine(HistoryFile.Chain) && Nonce.IsValid(body.Nonce),
            $"chain: witness {signer} vouches for the events, as its own node told them",
            body is null ? $"chain: the witness's statement does not hold: {reason}" : "chain: the events are not those that a witness in Members vouched for: chain.ndjson was altered");
    }

    private static async Task CompareWithChainAsync(
        Uri url, Deployment deployment, Manifest manifest, List<ChainEvent> events, HistoryArchive archive, IReadOnlyList<ChainLine> lines, Findings findings)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(60) };
        using var client = new ChainClient(new JsonRpc(http, url), deployment);
        await client.CheckDeploymentAsync();
        var live = await ChainLines.ReadAsync(client, (ulong)manifest.Block);
        var same = Hash32.Of(live.Bytes) == (lines is [.., { Witnessed: not null }] ? archive.HashBeforeLastLine(HistoryFile.Chain) : archive.HashOf(HistoryFile.Chain));
        findings.Check(same, Text($"chain: the {events.Count} events up to block {manifest.Block}, and the times of their blocks, are those of the chain at {url}"), Text($"chain: the export's {events.Count} events and their blocks are not the {live.Events.Count} of the chain at {url}"));
    }

    private static void NoteAlarms(IEnumerable<LoggedEntry> entries, Findings findings)
    {
        foreach (var entry in entries.Where(logged => logged.Entry.Kind is EntryKind.Alarm or EntryKind.ReAnchored or EntryKind.Tamper))
        {
            findings.Note(Text($"log {entry.Origin}: entry {entry.Entry.Seq} is of kind {entry.Entry.Kind}, of {entry.Entry.Time}"));
        }
    }

    private static bool IsGrouped(IEnumerable<string> names)
    {
        var runs = new List<string>();
        foreach (var name in names)
        {
            if (runs.Count == 0 || runs[^1] != name)
            {
                runs.Add(name);
            }
        }

        return runs.Distinct().Count() == runs.Count;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
