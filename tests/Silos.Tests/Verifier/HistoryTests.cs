using Silos.Ledger.History;
using Silos.Ledger.Records;
using Silos.Verifier;
using Story.Histories;
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

    /// <summary>Goal: each of twelve corruptions fails for its own reason, which names the entry. Method: those that a log's keeper could hide are hidden: roots, signatures, the chain's events and a witness's word are rebuilt over them, and the manifest is signed anew.</summary>
    [Theory]
    [MemberData(nameof(Corruptions))]
    public async Task A_corrupted_history_fails_for_its_own_reason(string corruption)
    {
        history.Chain.Require();
        var keeper = new Keeper(TrueHistory.Silo, history.Board.Silo, history.WitnessName, history.WitnessKey, history.Board.Silo);
        var (files, reason) = new Corruption(history.Files, keeper).Make(corruption)!.Value;
        var (code, output) = await VerifyAsync(files);
        Assert.Equal(1, code);
        Assert.Contains(reason, output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1], StringComparison.Ordinal);
    }

    public static TheoryData<string> Corruptions() => [.. Corruption.Names];

    /// <summary>Goal: no byte of an export can change unnoticed, although the manifest is signed anew and no node of the chain is at hand, and none makes the program fall. Method: 500 seeded changes of bytes, lines and values (20,000 in long runs).</summary>
    [Fact]
    public async Task Any_changed_byte_is_found()
    {
        history.Chain.Require();
        const int seed = 20261122;
        var random = new Random(seed);
        var changes = Mutations.Of(history.Files, random).ToArray();
        random.Shuffle(changes);
        var unnoticed = new List<string>();
        foreach (var change in changes.Take(Environment.GetEnvironmentVariable("RESEARCHHUB_LONG") == "1" ? 20_000 : 500))
        {
            var changed = history.Files.With(change.Part, change.Bytes());
            var (code, output) = await VerifyAsync(change.Part == HistoryFile.Manifest ? changed : changed.Signed(history.Board.Silo));
            if (code != 1 || !output.Contains("NOT verified", StringComparison.Ordinal))
            {
                unnoticed.Add($"{change.What}: exit {code}");
            }
        }

        TestContext.Current.TestOutputHelper!.WriteLine($"seed {seed}: {changes.Length} changes possible");
        Assert.True(unnoticed.Count == 0, $"seed {seed}\n{string.Join('\n', unnoticed)}");
    }

    /// <summary>Goal: what a witness vouched for is what counts where no node is at hand. Method: take its statement away, alter a block's time, and give the statement a stranger's signature.</summary>
    [Fact]
    public async Task The_chains_part_counts_because_a_witness_vouches_for_it()
    {
        history.Chain.Require();
        using var stranger = SigningKey.Create();
        var lines = history.Files.Lines(HistoryFile.Chain);
        var without = history.Files.With(HistoryFile.Chain, lines.Take(lines.Count - 1)).Signed(history.Board.Silo);
        var later = history.Files.Alter(HistoryFile.Chain, line => line["block"] is not null, line => line["block"]!["time"] = line["block"]!["time"]!.GetValue<long>() - 1).Signed(history.Board.Silo);
        Assert.Contains("no witness vouches", (await VerifyAsync(without)).Output, StringComparison.Ordinal);
        Assert.Contains("chain.ndjson was altered", (await VerifyAsync(later)).Output, StringComparison.Ordinal);
        Assert.Contains("are not the", (await VerifyAsync(later, "--rpc", history.Chain.Anvil.Url.ToString())).Output, StringComparison.Ordinal);
        Assert.Contains("chain.ndjson was altered", (await VerifyAsync(history.Files.Vouched(stranger).Signed(history.Board.Silo))).Output, StringComparison.Ordinal);
        Assert.Equal(0, (await VerifyAsync(history.Files.Vouched(history.WitnessKey).Signed(history.Board.Silo))).Code);
    }

    /// <summary>Goal: an entry that was back-dated before it was signed, with everything rebuilt over it, is flagged (L9). Method: the log's keeper dates its last entry a day back, with the witness's help.</summary>
    [Fact]
    public async Task A_back_dated_entry_is_flagged()
    {
        history.Chain.Require();
        var last = history.Files.LinesOf(HistoryFile.Entries, TrueHistory.Silo).Last()["entry"]!;
        var earlier = RecordTime.Write(RecordTime.Read(last["time"]!.ToString())!.Value.AddDays(-1));
        var dated = history.Files
            .Alter(HistoryFile.Entries, line => line["log"]!.ToString() == TrueHistory.Silo && line["entry"]!["seq"]!.ToString() == last["seq"]!.ToString(), line => line["entry"]!["time"] = earlier)
            .Rebuilt(TrueHistory.Silo, history.Board.Silo, history.WitnessName, history.WitnessKey).Vouched(history.WitnessKey).Signed(history.Board.Silo);
        var (code, output) = await VerifyAsync(dated);
        Assert.True(code == 0, output);
        Assert.Contains($"note   log {TrueHistory.Silo}: entry {last["seq"]} is dated {earlier}, more than a minute before an earlier one", output, StringComparison.Ordinal);
    }

    /// <summary>Goal: a file that is no export, or a damaged one, is answered in one line. Method: no file, no zip, a zip cut in half, and one with a byte changed in its compressed data.</summary>
    [Fact]
    public async Task A_damaged_container_is_answered_in_one_line()
    {
        history.Chain.Require();
        var path = Path.Combine(history.Folder, Path.GetRandomFileName());
        async Task<(int Code, string Output)> RunAsync()
        {
            var output = new StringWriter { NewLine = "\n" };
            return (await VerifyProgram.RunAsync(["history", path], output, output), output.ToString());
        }

        Assert.Equal(2, (await RunAsync()).Code);
        await File.WriteAllTextAsync(path, "no zip");
        Assert.Equal((2, $"EXPORT: {path} is no zip; allowed is a history export\n"), await RunAsync());
        var zip = history.Files.ToZip();
        await File.WriteAllBytesAsync(path, zip[..(zip.Length / 2)]);
        Assert.Equal(1, (await RunAsync()).Code);
        zip[200] ^= 0x55;
        await File.WriteAllBytesAsync(path, zip);
        var (code, output) = await RunAsync();
        Assert.Equal(1, code);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
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
