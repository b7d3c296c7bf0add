using System.Text.Json.Nodes;
using Silos.Ledger.Checkpoints;
using Silos.Ledger.History;
using Silos.Ledger.Records;

namespace Story.Histories;

/// <summary>Who corrupts: the keeper of one log, who holds its key, a witness's and an exporter's, and hides what these can hide.</summary>
public sealed record Keeper(string Log, SigningKey Key, string WitnessName, SigningKey Witness, SigningKey Exporter);

/// <summary>
/// The twelve ways to corrupt a history that a verification must name (issue "How it shows", E4), and some more. Each is made as well as its
/// keeper can: roots, signatures, the chain's events and the manifest are rebuilt over it where that does not itself undo the corruption.
/// </summary>
public sealed class Corruption(HistoryFiles files, Keeper keeper)
{
    private static readonly string[] Releases = [EntryKind.Query, EntryKind.Extract, EntryKind.Redelivery];

    /// <summary>The names that <see cref="Make"/> takes.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        "dropped entry", "swapped order", "forged vote", "permit after release", "snapshot newer than release", "charge over cap", "reused nonce", "altered leaf", "altered root",
        "truncated log", "wrong key", "replaced answer commitment", "wrong exporter", "lifted refusal", "missing part", "unknown part", "reused seed", "seed chosen afterwards",
        "silence without votes",
    ];

    private JsonObject Release => Entries.First(line => Kind(line) == EntryKind.Query && line["entry"]!["charge"] is not null);

    private List<JsonObject> Entries => [.. files.LinesOf(HistoryFile.Entries, keeper.Log)];

    /// <summary>The corrupted export, manifest signed anew, and what the verification must say of it; null where this history has nothing to corrupt so.</summary>
    public (HistoryFiles Files, string Reason)? Make(string name)
    {
        using var stranger = SigningKey.Create();
        if (Alter(name, stranger) is not var (altered, reason))
        {
            return null;
        }

        return name switch
        {
            "missing part" or "unknown part" => (altered, reason),
            "wrong exporter" => (altered.Signed(stranger), reason),
            _ => (altered.Vouched(keeper.Witness).Signed(keeper.Exporter), reason),
        };
    }

    private (HistoryFiles, string)? Alter(string name, SigningKey stranger)
    {
        var (release, seq) = (Release, Seq(Release));
        var next = Entries.Find(line => Seq(line) == seq + 1)!;
        var later = Entries.Find(line => Seq(line) > seq && Releases.Contains(Kind(line)) && line["entry"]!["actor"]!.ToString() == release["entry"]!["actor"]!.ToString());
        var snapshot = Entries.Find(line => Seq(line) > seq && Kind(line) == EntryKind.ConsentSnapshot);
        switch (name)
        {
            case "dropped entry":
                return (files.With(HistoryFile.Entries, files.Lines(HistoryFile.Entries).Where(line => !Is(release)(line))), Text($"entry {seq + 1} stands where entry {seq} must stand"));
            case "swapped order":
                var entries = files.Lines(HistoryFile.Entries);
                var at = entries.FindIndex(Is(release));
                (entries[at], entries[at + 1]) = (next, release);
                return (files.With(HistoryFile.Entries, entries), Text($"entry {seq + 1} stands where entry {seq} must stand: an entry was dropped, or the order was changed"));
            case "forged vote":
                return (files.Alter(HistoryFile.Permits, _ => true, line => line["vote"]!["signature"] = Base64Text.Encode(stranger.Sign(CanonicalJson.Bytes(line["vote"]!["body"]!.AsObject())))), "forged vote");
            case "permit after release":
                return (PermitLast(release["entry"]!["permit"]!.ToString()), Text($"entry {seq} (query) permit after release"));
            case "snapshot newer than release":
                return snapshot is null ? null : (Rebuilt(Changed(release, "consentRoot", snapshot["entry"]!["consentRoot"]!.ToString())), Text($"entry {seq} (query) uses a consent snapshot that is newer than itself"));
            case "charge over cap":
                return (Rebuilt(Charge(release, "9000000000")), Text($"the charge of entry {seq} was posted and passes the permit's cap"));
            case "reused nonce":
                return later is null ? null : (Rebuilt(Changed(later, "nonce", release["entry"]!["nonce"]!.ToString())), Text($"entry {Seq(later)} ({Kind(later)}) reused nonce"));
            case "altered leaf":
                return (Changed(release, "salt", Hash32.Random().ToString()), Text($"does not commit to the entries up to entry {SizeOver(seq) - 1}"));
            case "replaced answer commitment":
                return (Changed(release, "answerHash", Hash32.Random().ToString()), Text($"does not commit to the entries up to entry {SizeOver(seq) - 1}"));
            case "altered root":
                return (Renote(SizeOver(seq), checkpoint => checkpoint with { Root = Hash32.Random() }, keeper.Key), Text($"altered root: the chain's root at size {SizeOver(seq)} is another"));
            case "wrong key":
                return (Renote(SizeOver(seq), checkpoint => checkpoint, stranger), Text($"wrong key: the checkpoint of size {SizeOver(seq)} is not signed with the log's key"));
            case "truncated log":
                return (Truncated(), "truncated: the chain holds");
            case "wrong exporter":
                return (files, "wrong key: the manifest is signed by");
            case "silence without votes":
                return files.Lines(HistoryFile.Chain).Exists(IsSilence) ? (files.Alter(HistoryFile.Chain, IsSilence, line => line["event"]!["fields"]!["permits"] = !line["event"]!["fields"]!["permits"]!.GetValue<bool>()), "has 0 approvals of the board") : null;
            case "lifted refusal":
                return files.Lines(HistoryFile.Chain).Exists(IsRefusal) ? (files.Alter(HistoryFile.Chain, IsRefusal, Lift), "was posted and passes the permit's cap") : null;
            case "reused seed":
                return later is null || Kind(later) != EntryKind.Query ? null : (Rebuilt(Changed(later, "subjectHash", release["entry"]!["subjectHash"]!.ToString())), Text($"entry {Seq(later)} (query) uses a seed that was used or retired before"));
            case "seed chosen afterwards":
                return (Rebuilt(Changed(release, "subjectHash", Hash32.Random().ToString())), Text($"entry {seq} (query) names no seed that was committed to before it"));
            case "missing part":
                return (new HistoryFiles(files.Parts.Where(part => part.Key != HistoryFile.Consents).ToDictionary()), "parts: missing are [consents.ndjson]");
            case "unknown part":
                return (files.With("more.txt", "more"u8.ToArray()), "unknown are [more.txt]");
            default:
                throw new ArgumentException($"'{name}' is no corruption; allowed are {string.Join(", ", Names)}", nameof(name));
        }
    }

    private HistoryFiles Rebuilt(HistoryFiles altered) => altered.Rebuilt(keeper.Log, keeper.Key, keeper.WitnessName, keeper.Witness);

    private HistoryFiles Changed(JsonObject line, string member, string value) => files.Alter(HistoryFile.Entries, Is(line), other => other["entry"]![member] = value);

    private HistoryFiles Charge(JsonObject line, string rho) => files
        .Alter(HistoryFile.Entries, Is(line), entry => entry["entry"]!["charge"]!["rho"] = rho)
        .Alter(
            HistoryFile.Chain,
            other => other["event"] is { } happened && happened["name"]!.ToString() == "ChargePosted" && happened["fields"]!["logId"]!.ToString() == Hash32.Of(keeper.Log).ToString() && happened["fields"]!["seq"]!.ToString() == line["entry"]!["seq"]!.ToString(),
            posted => posted["event"]!["fields"]!["amount"]!["rho"] = rho);

    /// <summary>Another checkpoint in the place of the one of this size, signed with this key and co-signed by the witness.</summary>
    private HistoryFiles Renote(long size, Func<Checkpoint, Checkpoint> alter, SigningKey key) =>
        files.Alter(HistoryFile.Checkpoints, line => line["log"]!.GetValue<string>() == keeper.Log && Parse(line).Size == size, line =>
        {
            var text = alter(Parse(line)).Text();
            line["note"] = SignedNote.Sign(text, keeper.Log, key).With(Cosignature.Sign(text, keeper.WitnessName, keeper.Witness, Parse(line).Time)).ToString();
        });

    /// <summary>The log without its last checkpoint and the entries under it.</summary>
    private HistoryFiles Truncated()
    {
        var checkpoints = files.Lines(HistoryFile.Checkpoints);
        var last = checkpoints.FindLastIndex(line => line["log"]!.GetValue<string>() == keeper.Log);
        var size = Parse(checkpoints[last - 1]).Size;
        checkpoints.RemoveAt(last);
        return files
            .With(HistoryFile.Entries, files.Lines(HistoryFile.Entries).Where(line => line["log"]!.GetValue<string>() != keeper.Log || Seq(line) < size))
            .With(HistoryFile.Consents, files.Lines(HistoryFile.Consents).Where(line => line["log"]!.GetValue<string>() != keeper.Log || line["seq"]!.GetValue<long>() < size))
            .With(HistoryFile.Checkpoints, checkpoints);
    }

    /// <summary>The permit's issue, told as if it had happened after everything else.</summary>
    private HistoryFiles PermitLast(string permit)
    {
        var lines = files.Lines(HistoryFile.Chain);
        var issued = lines.FindIndex(line => line["event"]?["name"]!.ToString() == "PermitIssued" && line["event"]!["fields"]!["permitId"]!.ToString() == permit);
        var (block, happened) = (lines[issued - 1], lines[issued]);
        lines.RemoveRange(issued - 1, 2);
        var last = lines.Last(line => line["block"] is not null)["block"]!;
        var number = last["number"]!.GetValue<long>() + 1;
        block["block"]!["number"] = number;
        block["block"]!["time"] = last["time"]!.GetValue<long>();
        happened["event"]!["block"] = number;
        lines.InsertRange(lines.FindLastIndex(line => line["event"] is not null) + 1, [block, happened]);
        return files.With(HistoryFile.Chain, lines).WithBlock(number);
    }

    private static bool IsSilence(JsonObject line) => line["event"]?["name"]!.ToString() == "SilenceChanged";

    private static bool IsRefusal(JsonObject line) => line["event"]?["name"]!.ToString() == "ChargeRefused";

    private static void Lift(JsonObject line)
    {
        var fields = line["event"]!["fields"]!.AsObject();
        fields.Remove("reason");
        fields["amount"] = new JsonObject { ["rho"] = "200", ["delta"] = "0", ["files"] = 0 };
        line["event"]!["name"] = "ChargePosted";
    }

    /// <summary>Size of the first checkpoint over this entry.</summary>
    private long SizeOver(long seq) => files.LinesOf(HistoryFile.Checkpoints, keeper.Log).Select(line => Parse(line).Size).First(size => size > seq);

    private static Checkpoint Parse(JsonObject line) => Checkpoint.Parse(SignedNote.Parse(line["note"]!.GetValue<string>())!.Text)!;

    private static string Kind(JsonObject line) => line["entry"]!["kind"]!.ToString();

    private static long Seq(JsonObject line) => line["entry"]!["seq"]!.GetValue<long>();

    private static Predicate<JsonObject> Is(JsonObject line) => other => other["log"]!.ToString() == line["log"]!.ToString() && Seq(other) == Seq(line);

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
