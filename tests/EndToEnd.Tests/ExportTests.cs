using Silos.Ledger.History;
using Story;
using Story.Histories;
using Xunit;

namespace EndToEnd.Tests;

/// <summary>E4: the history of a real run, exported by the hub for anybody, and replayed by the program <c>verify</c> from the file alone.</summary>
public class ExportTests(RunningStack running) : IClassFixture<RunningStack>
{
    /// <summary>Goal: the export of a demo verifies, from the file alone and against the chain; each of twelve corruptions of it, manifest signed anew by the hub, fails with its reason and the entry's number; and so does any small change. Method: the demo with its export; then each corruption and 10 seeded changes (500 in long runs) through the program.</summary>
    [Fact]
    public async Task The_demos_export_verifies_and_no_corruption_of_it_does()
    {
        var export = running.Options.In("history.zip");
        var lines = new List<string>();
        await new Demo(running.Stack, TimeProvider.System, lines.Add).RunAsync(export);
        Assert.Equal(2, lines.Count(line => line.EndsWith("verify: history verified", StringComparison.Ordinal)));
        Assert.Contains(lines, line => line.Contains("are those of the chain at", StringComparison.Ordinal));

        var files = HistoryFiles.Read(await File.ReadAllBytesAsync(export));
        var founders = running.Stack.Founders;
        var keeper = new Keeper(Founders.Hospitals[0].Origin, founders.Silos[0], Founders.WitnessNames[0], founders.Witnesses[0], founders.Hub);
        foreach (var name in Corruption.Names.Except(["lifted refusal", "reused seed", "silence without votes"]))
        {
            var (corrupted, reason) = new Corruption(files, keeper).Make(name)!.Value;
            var (code, output) = await VerifyAsync(corrupted);
            Assert.True(code == 1 && output.TrimEnd().Split('\n')[^1].Contains(reason, StringComparison.Ordinal), $"{name}: exit {code}\n{output}");
        }

        const int seed = 20261122;
        var random = new Random(seed);
        var changes = Mutations.Of(files, random).ToArray();
        random.Shuffle(changes);
        foreach (var change in changes.Take(Environment.GetEnvironmentVariable("RESEARCHHUB_LONG") == "1" ? 500 : 10))
        {
            var changed = files.With(change.Part, change.Bytes());
            var (code, output) = await VerifyAsync(change.Part == HistoryFile.Manifest ? changed : changed.Signed(founders.Hub));
            Assert.True(code == 1 && output.Contains("NOT verified", StringComparison.Ordinal), $"seed {seed}, {change.What}: exit {code}\n{output}");
        }
    }

    private async Task<(int Code, string Output)> VerifyAsync(HistoryFiles files)
    {
        var path = running.Options.In("altered.zip");
        await File.WriteAllBytesAsync(path, files.ToZip());
        return await Programs.VerifyAsync("history", path);
    }
}
