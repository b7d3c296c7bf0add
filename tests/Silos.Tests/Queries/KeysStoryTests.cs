using System.Text;
using Silos.Protocol;
using Story;
using Xunit;

namespace Silos.Tests.Queries;

/// <summary>The keys of a real silo, changed as its operator does.</summary>
public sealed class KeysStoryTests(PermittedSilo silo) : IClassFixture<PermittedSilo>
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <summary>Goal: an answer lies sealed; it outlives a rotation, byte for byte, and not an erasure; meanwhile the keys of a running silo are left alone. Method: ask; look for the answer in every byte of the silo's database; rotate
    /// while it runs, which is refused; stop, rotate, start, ask the same and something else; stop, erase, start, ask again.</summary>
    [Fact]
    public async Task Keys_are_rotated_and_a_dataset_is_erased()
    {
        var first = await silo.AskAsync(PermittedSilo.Count);
        Assert.True(first.Ok, first.Body);
        var told = Encoding.UTF8.GetBytes(first.Json["groups"]!.ToJsonString());
        Assert.All(Directory.EnumerateFiles(silo.Stack.Options.In("silo-1"), "silo.db*"), file => Assert.Equal(-1, Read(file).AsSpan().IndexOf(told)));

        var running = await KeysAsync("rotate");
        Assert.Equal(1, running.Code);
        Assert.Contains("of this silo run", running.Output, StringComparison.Ordinal);

        await silo.Stack.Silos[1].DisposeAsync();
        var rotated = await KeysAsync("rotate");
        Assert.True(rotated.Code == 0, rotated.Output);
        Assert.Contains($"{PermittedSilo.Dataset}: ", rotated.Output, StringComparison.Ordinal);
        Assert.Contains("host: ", rotated.Output, StringComparison.Ordinal);
        await StartAsync();
        var again = await silo.AskAsync(PermittedSilo.Count);
        Assert.True(again.Ok, again.Body);
        Assert.Equal(first.Released, again.Released);
        var fresh = await silo.AskAsync(PermittedSilo.Count, fresh: true);
        Assert.True(fresh.Ok, fresh.Body);

        await silo.Stack.Silos[1].DisposeAsync();
        var erased = await KeysAsync("erase", PermittedSilo.Dataset, "for-ever");
        Assert.True(erased.Code == 0, erased.Output);
        await StartAsync();
        Assert.Equal(RefusalCode.UnknownDataset, (await silo.AskAsync(silo.SignCanonical("{}"), PermittedSilo.Count)).Code);
        Assert.Contains(silo.Stack.Silos[1].Lines(), line => line.Contains($"dataset '{PermittedSilo.Dataset}' was erased", StringComparison.Ordinal));
    }

    private async Task StartAsync()
    {
        await silo.Stack.StartSiloAsync(1);
        await silo.Stack.Silos[1].ReadyAsync(Patience);
    }

    /// <summary>The operator's command, with the silo's settings.</summary>
    private async Task<(int Code, string Output)> KeysAsync(params string[] args)
    {
        var settings = (await silo.Stack.SiloSettingsAsync(1)).Where(one => one.Value is not null).Select(one => $"--{one.Key}={one.Value}");
        var done = await Programs.RunAsync(Path.Combine("Silos", "release", "Silos.dll"), ["keys", .. args, .. settings]);
        TestContext.Current.TestOutputHelper!.WriteLine(done.Output);
        return done;
    }

    private static byte[] Read(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
