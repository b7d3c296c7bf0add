using System.Diagnostics;
using Story;
using Xunit;

namespace Silos.Tests.Chain;

/// <summary>The contracts' own tests and their committed artifact, run with the pinned compiler.</summary>
public sealed class ContractsTests
{
    private static readonly string Folder = Path.Combine(Repository.Root, "Silos", "Ledger", "Contracts");

    /// <summary>Goal: what is deployed is what the sources say. Method: compile again and compare every byte.</summary>
    [Fact]
    public async Task The_committed_artifact_is_what_the_sources_compile_to()
    {
        var (code, output) = await NodeAsync("compile.js", "--stdout");
        Assert.True(code == 0, output);
        Assert.True(output == await File.ReadAllTextAsync(Path.Combine(Folder, "artifact.json"), TestContext.Current.CancellationToken), "artifact.json is older than the contracts: run `npm run compile` in Silos/Ledger/Contracts and commit it");
    }

    /// <summary>Goal: spent never over cap, size never smaller, a vote never counted twice, a revoked permit never charged. Method: forge's unit, fuzz and invariant tests with a fixed seed.</summary>
    [Fact]
    public async Task The_contracts_pass_their_own_tests()
    {
        var (code, output) = await NodeAsync("forge.js", "test");
        TestContext.Current.TestOutputHelper?.WriteLine(output);
        Assert.True(code == 0, output);
    }

    private static async Task<(int Code, string Output)> NodeAsync(params string[] arguments)
    {
        if (!Directory.Exists(Path.Combine(Folder, "node_modules", "solc")) || Children.OnPath("node") is null)
        {
            const string missing = "the contracts' compiler is not installed: it takes Node 20 and `npm ci --ignore-scripts` in Silos/Ledger/Contracts";
            Assert.SkipUnless(Environment.GetEnvironmentVariable("CI") == "true", missing);
            Assert.Fail(missing);
        }

        var info = new ProcessStartInfo("node") { WorkingDirectory = Folder, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in arguments)
        {
            info.ArgumentList.Add(argument);
        }

        using var process = Children.Start(info);
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, process.ExitCode == 0 ? output : output + await error);
    }
}
