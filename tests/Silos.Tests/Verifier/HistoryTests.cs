using System.Text.Json.Nodes;
using Silos.Ledger.Checkpoints;
using Silos.Ledger.History;
using Silos.Ledger.Records;
using Silos.Verifier;
using Xunit;

namespace Silos.Tests.Verifier;

/// <summary>E4: an export of a true history verifies; whatever is made of it does not, although the manifest is signed anew.</summary>
public sealed class HistoryTests(TrueHistory history) : IClassFixture<TrueHistory>
{
    /// <summary>Goal: a true history verifies, from the export alone and against the chain. Method: run the command on the export as it was written.</summary>
    [Fact]
    public async Task A_true_history_verifies()
    {
        history.Chain.Require();
        var (code, output) = await VerifyAsync(history.Files);
        Assert.True(code == 0, output);
        (code, output) = await VerifyAsync(history.Files, "--rpc", history.Chain.Anvil.Url.ToString(), "--witnesses", "1");
        Assert.True(code == 0, output);
        Assert.Contains("are those of the chain at", output, StringComparison.Ordinal);
        TestContext.Current.TestOutputHelper!.WriteLine(output);
    }

    /// <summary>Goal: each of twelve corruptions fails for its own reason. Method: those that a log's keeper could hide from its own proofs are hidden: roots, signatures and the chain's events are rebuilt over them.</summary>
    [Theory]
    [InlineData("dropped entry", "entry 4 stands where entry 3 must stand")]
    [InlineData("swapped order", "the order was changed")]
    [InlineData("forged vote", "forged vote")]
    [InlineData("permit after release", "permit after release")]
    [InlineData("snapshot newer than release", "entry 2 (query) uses a consent snapshot that is newer than itself")]
    [InlineData("charge over cap", "the charge of entry 2 was posted and passes the permit's cap")]
    [InlineData("reused nonce", "(query) reused nonce")]
    [InlineData("altered leaf", "does not commit to the entries up to entry 2")]
    [InlineData("altered root", "altered root: the chain's root at size 3 is another")]
    [InlineData("truncated log", "truncated: the chain holds")]
    [InlineData("wrong key", "wrong key: the checkpoint of size 3 is not signed with the log's key")]
    [InlineData("wrong exporter", "wrong key: the manifest is signed by")]
    [InlineData("replaced answer commitment", "does not commit to the entries up to entry 2")]
    [InlineData("lifted refusal", "was posted and passes the permit's cap")]
    [InlineData("missing part", "parts: missing are [consents.ndjson]")]
    [InlineData("unknown part", "unknown are [more.txt]")]
    public async Task A_corrupted_history_fails_for_its_own_reason(string corruption, string reason)
    {
        history.Chain.Require();
        using var stranger = SigningKey.Create();
        var corrupted = Corrupt(corruption, stranger);
        if (corruption is not ("wrong exporter" or "missing part" or "unknown part"))
        {
            corrupted = corrupted.Signed(history.Board.Silo);
        }

        var (code, output) = await VerifyAsync(corrupted);
        Assert.Equal(1, code);
        Assert.Contains(reason, output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1], StringComparison.Ordinal);
    }

    /// <summary>Goal: no byte of an export can change unnoticed. Method: 120 seeded single-byte changes (2,000 in long runs): half with the manifest signed anew, against the chain; half with the old manifest, from the export alone.</summary>
    [Fact]
    public async Task Any_changed_byte_is_found()
    {
        history.Chain.Require();
        const int seed = 20261121;
        var random = new Random(seed);
        var changes = Environment.GetEnvironmentVariable("RESEARCHHUB_LONG") == "1" ? 2_000 : 120;
        for (var i = 0; i < changes; i++)
        {
            var anew = i % 2 == 0;
            var names = anew ? HistoryFile.Parts : [.. HistoryFile.Parts, HistoryFile.Manifest];
            var name = names[random.Next(names.Count)];
            var bytes = history.Files.Parts[name].ToArray();
            var at = random.Next(bytes.Length);
            bytes[at] = (byte)(bytes[at] is (byte)'\n' or >= 0x7e ? '0' : bytes[at] + 1);
            var changed = history.Files.With(name, bytes);
            var (code, output) = anew ? await VerifyAsync(changed.Signed(history.Board.Silo), "--rpc", history.Chain.Anvil.Url.ToString()) : await VerifyAsync(changed);
            Assert.True(code == 1, $"seed {seed}, change {i}: byte {at} of {name}\n{output}");
        }
    }

    private HistoryFiles Corrupt(string corruption, SigningKey stranger)
    {
        var files = history.Files;
        HistoryFiles Rebuilt(HistoryFiles altered) => altered.Rebuilt(TrueHistory.Silo, history.Board.Silo, history.WitnessName, history.WitnessKey);
        var entries = files.Lines(HistoryFile.Entries);
        var silo = entries.Where(line => line["log"]!.GetValue<string>() == TrueHistory.Silo).ToList();
        switch (corruption)
        {
            case "dropped entry":
                return files.With(HistoryFile.Entries, entries.Where(line => line != silo[3]));
            case "swapped order":
                (entries[entries.IndexOf(silo[2])], entries[entries.IndexOf(silo[3])]) = (silo[3].DeepClone().AsObject(), silo[2].DeepClone().AsObject());
                return files.With(HistoryFile.Entries, entries);
            case "forged vote":
                return files.Alter(HistoryFile.Permits, _ => true, line =>
                {
                    var body = line["vote"]!["body"]!.AsObject();
                    line["vote"]!["signature"] = Base64Text.Encode(stranger.Sign(CanonicalJson.Bytes(body)));
                });
            case "permit after release":
                return PermitLast(files);
            case "snapshot newer than release":
                return Rebuilt(files.Alter(HistoryFile.Entries, Is(silo[2]), line => line["entry"]!["consentRoot"] = Hash32.Of("snapshot 2").ToString()));
            case "charge over cap":
                return Rebuilt(Charge(files, silo[2], "900"));
            case "reused nonce":
                return Rebuilt(files.Alter(HistoryFile.Entries, Is(silo[4]), line => line["entry"]!["nonce"] = silo[2]["entry"]!["nonce"]!.GetValue<string>()));
            case "altered leaf":
                return files.Alter(HistoryFile.Entries, Is(silo[2]), line => line["entry"]!["salt"] = Hash32.Random().ToString());
            case "replaced answer commitment":
                return files.Alter(HistoryFile.Entries, Is(silo[2]), line => line["entry"]!["answerHash"] = Hash32.Random().ToString());
            case "altered root":
                return Renote(files, 3, checkpoint => checkpoint with { Root = Hash32.Random() }, history.Board.Silo);
            case "wrong key":
                return Renote(files, 3, checkpoint => checkpoint, stranger);
            case "truncated log":
                var checkpoints = files.Lines(HistoryFile.Checkpoints);
                var last = checkpoints.FindLastIndex(line => line["log"]!.GetValue<string>() == TrueHistory.Silo);
                checkpoints.RemoveAt(last);
                return files.With(HistoryFile.Entries, entries.Where(line => line != silo[^1])).With(HistoryFile.Checkpoints, checkpoints);
            case "wrong exporter":
                return files.Signed(stranger);
            case "lifted refusal":
                return files.Alter(HistoryFile.Chain, line => line["event"]?["name"]!.GetValue<string>() == "ChargeRefused", line =>
                {
                    var fields = line["event"]!["fields"]!.AsObject();
                    fields.Remove("reason");
                    fields["amount"] = new JsonObject { ["rho"] = "200", ["delta"] = "0", ["files"] = 0 };
                    line["event"]!["name"] = "ChargePosted";
                });
            case "missing part":
                return new HistoryFiles(files.Parts.Where(part => part.Key != HistoryFile.Consents).ToDictionary());
            case "unknown part":
                return files.With("more.txt", "more"u8.ToArray());
            default:
                throw new ArgumentException(corruption);
        }
    }

    private static Predicate<JsonObject> Is(JsonObject line) =>
        other => other["log"]!.GetValue<string>() == line["log"]!.GetValue<string>() && other["entry"]!["seq"]!.GetValue<long>() == line["entry"]!["seq"]!.GetValue<long>();

    private static HistoryFiles Charge(HistoryFiles files, JsonObject line, string rho)
    {
        var seq = line["entry"]!["seq"]!.ToString();
        return files
            .Alter(HistoryFile.Entries, Is(line), entry => entry["entry"]!["charge"]!["rho"] = rho)
            .Alter(HistoryFile.Chain, other => other["event"]?["name"]!.GetValue<string>() == "ChargePosted" && other["event"]!["fields"]!["seq"]!.GetValue<string>() == seq, posted => posted["event"]!["fields"]!["amount"]!["rho"] = rho);
    }

    /// <summary>Another checkpoint in the place of the silo's of this size, signed with this key and co-signed by the witness.</summary>
    private HistoryFiles Renote(HistoryFiles files, long size, Func<Checkpoint, Checkpoint> alter, SigningKey key) =>
        files.Alter(HistoryFile.Checkpoints, line => line["log"]!.GetValue<string>() == TrueHistory.Silo && Parse(line).Size == size, line =>
        {
            var text = alter(Parse(line)).Text();
            line["note"] = SignedNote.Sign(text, TrueHistory.Silo, key).With(Cosignature.Sign(text, history.WitnessName, history.WitnessKey, Parse(line).Time)).ToString();
        });

    private static Checkpoint Parse(JsonObject line) => Checkpoint.Parse(SignedNote.Parse(line["note"]!.GetValue<string>())!.Text)!;

    /// <summary>The first permit's issue, told as if it had happened after everything else.</summary>
    private static HistoryFiles PermitLast(HistoryFiles files)
    {
        var lines = files.Lines(HistoryFile.Chain);
        var issued = lines.FindIndex(line => line["event"]?["name"]!.GetValue<string>() == "PermitIssued");
        var (block, happened) = (lines[issued - 1], lines[issued]);
        lines.RemoveRange(issued - 1, 2);
        var last = lines.Last(line => line["block"] is not null)["block"]!;
        block["block"]!["number"] = last["number"]!.GetValue<long>() + 1;
        block["block"]!["time"] = last["time"]!.GetValue<long>();
        happened["event"]!["block"] = last["number"]!.GetValue<long>() + 1;
        return files.With(HistoryFile.Chain, [.. lines, block, happened]).WithBlock(last["number"]!.GetValue<long>() + 1);
    }

    private async Task<(int Code, string Output)> VerifyAsync(HistoryFiles files, params string[] options)
    {
        var path = Path.Combine(history.Folder, Path.GetRandomFileName());
        await File.WriteAllBytesAsync(path, files.ToZip());
        var output = new StringWriter { NewLine = "\n" };
        var code = await VerifyProgram.RunAsync(["history", path, .. options], output, output);
        File.Delete(path);
        return (code, output.ToString());
    }
}
