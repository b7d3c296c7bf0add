using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using Silos.Ledger.Checkpoints;
using Silos.Ledger.History;
using Silos.Ledger.Merkle;
using Silos.Ledger.Records;

namespace Story.Histories;

/// <summary>An export's files, to be altered; every change makes a copy.</summary>
public sealed record HistoryFiles(IReadOnlyDictionary<string, byte[]> Parts)
{
    public static HistoryFiles Read(byte[] bytes)
    {
        using var zip = new ZipArchive(new MemoryStream(bytes));
        return new HistoryFiles(zip.Entries.ToDictionary(entry => entry.FullName, entry =>
        {
            using var stream = entry.Open();
            var copy = new MemoryStream();
            stream.CopyTo(copy);
            return copy.ToArray();
        }));
    }

    public List<JsonObject> Lines(string name) =>
        [.. Encoding.UTF8.GetString(Parts[name]).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!.AsObject())];

    public HistoryFiles With(string name, byte[] bytes) => new(new Dictionary<string, byte[]>(Parts) { [name] = bytes });

    public HistoryFiles With(string name, IEnumerable<JsonObject> lines) =>
        With(name, [.. lines.SelectMany(line => CanonicalJson.Bytes(line).Append((byte)'\n'))]);

    /// <summary>Alters one line.</summary>
    public HistoryFiles Alter(string name, Predicate<JsonObject> which, Action<JsonObject> alter)
    {
        var lines = Lines(name);
        alter(lines.Find(which) ?? throw new InvalidOperationException($"{name} has no such line"));
        return With(name, lines);
    }

    /// <summary>Takes a log's entries and checkpoints, by the log's origin.</summary>
    public IEnumerable<JsonObject> LinesOf(string name, string log) => Lines(name).Where(line => line["log"]!.GetValue<string>() == log);

    /// <summary>Lets a witness vouch anew for the chain's lines as they are: what one who has its key can do.</summary>
    public HistoryFiles Vouched(SigningKey witness)
    {
        var lines = Lines(HistoryFile.Chain);
        if (lines[^1]["witnessed"]?["body"] is not { } old)
        {
            return this;
        }

        lines.RemoveAt(lines.Count - 1);
        var before = With(HistoryFile.Chain, lines);
        var block = JsonNode.Parse(Parts[HistoryFile.Manifest])!["body"]!["block"]!.GetValue<long>();
        var statement = CanonicalJson.Read<ChainStatement>(old) with { Block = block, Lines = Hash32.Of(before.Parts[HistoryFile.Chain]) };
        return before.With(HistoryFile.Chain, [.. before.Parts[HistoryFile.Chain], .. ChainLines.Write([new ChainLine(Witnessed: SignedRecord.Sign(statement, witness))])]);
    }

    /// <summary>Signs the manifest anew over the parts as they are.</summary>
    public HistoryFiles Signed(SigningKey key)
    {
        var old = JsonNode.Parse(Parts[HistoryFile.Manifest])!["body"]!.AsObject();
        var body = CanonicalJson.Read<Manifest>(old) with { Files = HistoryFile.Parts.ToDictionary(name => name, name => Hash32.Of(Parts[name])) };
        return With(HistoryFile.Manifest, CanonicalJson.Bytes(SignedRecord.Sign(body, key)));
    }

    /// <summary>Lets the manifest cover blocks up to this one, once it is signed anew.</summary>
    public HistoryFiles WithBlock(long block)
    {
        var manifest = JsonNode.Parse(Parts[HistoryFile.Manifest])!;
        manifest["body"]!["block"] = block;
        return With(HistoryFile.Manifest, CanonicalJson.Bytes(manifest));
    }

    /// <summary>What a log's keeper can do who also holds the witness's key and rewrites the chain's events: new roots over the entries as they are, everywhere.</summary>
    public HistoryFiles Rebuilt(string log, SigningKey key, string witnessName, SigningKey witness)
    {
        var entries = Lines(HistoryFile.Entries).Where(line => line["log"]!.GetValue<string>() == log).Select(line => line["entry"]!.AsObject()).ToList();
        var growth = new TreeGrowth(0, _ => default);
        var roots = new Dictionary<string, Hash32>();
        var checkpoints = Lines(HistoryFile.Checkpoints);
        foreach (var line in checkpoints.Where(line => line["log"]!.GetValue<string>() == log))
        {
            var checkpoint = Checkpoint.Parse(SignedNote.Parse(line["note"]!.GetValue<string>())!.Text)!;
            while (growth.Size < checkpoint.Size)
            {
                growth.Append(TreeHash.Leaf(CanonicalJson.Bytes(entries[(int)growth.Size])));
            }

            roots[checkpoint.Size.ToString(System.Globalization.CultureInfo.InvariantCulture)] = growth.Root();
            var text = (checkpoint with { Root = growth.Root() }).Text();
            line["note"] = SignedNote.Sign(text, log, key).With(Cosignature.Sign(text, witnessName, witness, checkpoint.Time)).ToString();
        }

        var chain = Lines(HistoryFile.Chain);
        foreach (var anchored in chain.Select(line => line["event"]?.AsObject()).Where(happened => happened?["name"]!.GetValue<string>() == "CheckpointAnchored" && happened["fields"]!["logId"]!.GetValue<string>() == Hash32.Of(log).ToString()))
        {
            anchored!["fields"]!["root"] = roots[anchored["fields"]!["size"]!.GetValue<string>()].ToString();
        }

        return With(HistoryFile.Checkpoints, checkpoints).With(HistoryFile.Chain, chain);
    }

    public byte[] ToZip()
    {
        var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, content) in Parts)
            {
                using var stream = zip.CreateEntry(name).Open();
                stream.Write(content);
            }
        }

        return bytes.ToArray();
    }
}
