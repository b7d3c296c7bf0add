using System.Globalization;
using System.Text.Json.Nodes;
using Silos.Ledger.Chain;
using Silos.Ledger.Checkpoints;
using Silos.Ledger.History;
using Silos.Ledger.Merkle;
using Silos.Ledger.Records;

namespace Silos.Verifier;

/// <summary>One log of an export: its entries have no gap, its checkpoints commit to exactly them, are signed and co-signed, and are those of the chain.</summary>
internal sealed class LogCheck(string origin, ChainReplay chain, Func<long, DateTimeOffset?> blockTime, int witnesses, Findings findings)
{
    private readonly Hash32 id = Hash32.Of(origin);

    /// <returns>The entries with the place in the chain at which each became final; empty if the log does not hold together enough to go on.</returns>
    public IReadOnlyList<LoggedEntry> Run(IReadOnlyList<JsonObject> lines, IReadOnlyList<CheckpointLine> checkpoints)
    {
        var before = findings.Wrong.Count;
        var entries = lines.Select((json, place) => (Entry: CanonicalJson.Read<Entry>(json), Leaf: Entry.LeafOf(CanonicalJson.Bytes(json)), Place: (long)place)).ToList();
        foreach (var (entry, _, place) in entries.Where(entry => entry.Entry.Seq != entry.Place).Take(1))
        {
            Wrong(Text($"entry {entry.Seq} stands where entry {place} must stand: an entry was dropped, or the order was changed"));
        }

        CheckOrderOfTimes(entries.Select(entry => entry.Entry));
        var logged = CheckCheckpoints([.. entries.Select(entry => (entry.Entry, entry.Leaf))], checkpoints);
        if (findings.Wrong.Count == before)
        {
            findings.Check(true, Text($"log {origin}: {entries.Count} entries without a gap, {checkpoints.Count} checkpoints signed, consistent and on the chain"), "");
        }

        return logged;
    }

    private List<LoggedEntry> CheckCheckpoints(List<(Entry Entry, Hash32 Leaf)> entries, IReadOnlyList<CheckpointLine> lines)
    {
        var logged = new List<LoggedEntry>();
        var growth = new TreeGrowth(0, _ => default);
        foreach (var line in lines)
        {
            if (SignedNote.Parse(line.Note) is not { } note || Checkpoint.Parse(note.Text) is not { } checkpoint || checkpoint.Origin != origin)
            {
                Wrong($"a checkpoint after size {growth.Size} is not one of this log");
                continue;
            }

            if (checkpoint.Size <= growth.Size || checkpoint.Size > entries.Count)
            {
                Wrong(checkpoint.Size > entries.Count
                    ? Text($"truncated: a checkpoint commits to {checkpoint.Size} entries; the export holds {entries.Count}")
                    : Text($"a checkpoint of size {checkpoint.Size} follows one of size {growth.Size}"));
                continue;
            }

            var anchor = chain.Anchors.GetValueOrDefault((id, checkpoint.Size));
            while (growth.Size < checkpoint.Size)
            {
                var (entry, leaf) = entries[(int)growth.Size];
                logged.Add(new LoggedEntry(origin, id, entry, anchor));
                growth.Append(leaf);
            }

            CheckOne(note, checkpoint, line, anchor, growth.Root(), logged.Count == 0 ? 0 : logged[^1].Entry.Seq);
        }

        if (growth.Size < entries.Count)
        {
            Wrong(Text($"entry {growth.Size} and those after it are under no checkpoint"));
        }

        var held = lines.Count;
        var onChain = chain.Anchors.Keys.Where(anchor => anchor.Log == id).Select(anchor => anchor.Size).Order().ToList();
        if (onChain.Count > 0 && onChain[^1] > growth.Size)
        {
            Wrong(Text($"truncated: the chain holds {onChain[^1]} entries of this log; the export holds {growth.Size}"));
        }
        else if (onChain.Count != held)
        {
            Wrong(Text($"the chain holds {onChain.Count} checkpoints of this log; the export holds {held}"));
        }

        return logged;
    }

    private void CheckOne(SignedNote note, Checkpoint checkpoint, CheckpointLine line, AnchorEvent? anchor, Hash32 root, long last)
    {
        if (root != checkpoint.Root)
        {
            Wrong(Text($"the checkpoint of size {checkpoint.Size} does not commit to the entries up to entry {last}: an entry or the root was altered"));
        }

        if (anchor is null)
        {
            Wrong(Text($"the chain has no checkpoint of size {checkpoint.Size}"));
            return;
        }

        if (anchor.Root != checkpoint.Root)
        {
            Wrong(Text($"altered root: the chain's root at size {checkpoint.Size} is another (entries up to {last})"));
        }

        if (anchor.Transaction != line.Transaction)
        {
            Wrong(Text($"the checkpoint of size {checkpoint.Size} names transaction {line.Transaction}; the chain anchored it in {anchor.Transaction}"));
        }

        if (!chain.LogKeysAt(id, anchor.Block).Any(member => chain.KeyOf(member) is { } key && note.IsSignedBy(NoteKey.Log(origin, key))))
        {
            Wrong(Text($"wrong key: the checkpoint of size {checkpoint.Size} is not signed with the log's key in Members"));
        }

        var known = chain.RolesEver.Where(member => member.Value.HasFlag(Roles.Witness)).Select(member => chain.KeyOf(member.Key)!).ToList();
        var times = known.SelectMany(key => note.Signatures.Select(signature => signature.Name).Distinct().Select(name => note.CosignedAt(NoteKey.Witness(name, key)))).OfType<DateTimeOffset>().ToList();
        if (times.Count < witnesses)
        {
            Wrong(Text($"the checkpoint of size {checkpoint.Size} has {times.Count} co-signatures of witnesses in Members; wanted are {witnesses}"));
        }

        if (note.Signatures.Count != times.Count + 1)
        {
            Wrong(Text($"the checkpoint of size {checkpoint.Size} carries a signature that is nobody's in Members"));
        }

        if (note.Sorted(origin).ToString() != line.Note)
        {
            Wrong(Text($"the signatures under the checkpoint of size {checkpoint.Size} are not in the order of an export"));
        }

        foreach (var flag in CheckpointTimes.Flags(checkpoint.Time, blockTime((long)anchor.Block), times))
        {
            findings.Note($"log {origin}: {flag}");
        }
    }

    private void CheckOrderOfTimes(IEnumerable<Entry> entries)
    {
        DateTimeOffset? latest = null;
        foreach (var entry in entries)
        {
            if (RecordTime.Read(entry.Time) is not { } time)
            {
                Wrong(Text($"entry {entry.Seq}: time is '{entry.Time}'"));
                continue;
            }

            if (latest - time > TimeSpan.FromSeconds(60))
            {
                findings.Note(Text($"log {origin}: entry {entry.Seq} is dated {entry.Time}, more than a minute before an earlier one"));
            }

            latest = latest > time ? latest : time;
        }
    }

    private void Wrong(string what) => findings.Check(false, "", $"log {origin}: {what}");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

/// <summary>An entry, and where its checkpoint was anchored.</summary>
internal sealed record LoggedEntry(string Origin, Hash32 Log, Entry Entry, AnchorEvent? Anchor);
