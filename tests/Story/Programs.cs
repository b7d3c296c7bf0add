using System.Diagnostics;

namespace Story;

/// <summary>The command-line programs of FORMATS.md, run as anybody would.</summary>
public static class Programs
{
    /// <summary>Runs <c>verify</c>.</summary>
    /// <returns>Its exit code and all it printed.</returns>
    public static Task<(int Code, string Output)> VerifyAsync(params string[] arguments) =>
        RunAsync(Path.Combine("Silos.Verifier", "release", "verify.dll"), arguments);

    /// <summary>Runs a program of <c>artifacts/bin</c> to its end.</summary>
    public static async Task<(int Code, string Output)> RunAsync(string dll, params string[] arguments)
    {
        var info = new ProcessStartInfo("dotnet", [Path.Combine(Repository.Root, "artifacts", "bin", dll), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Children.Start(info);
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output + await error);
    }
}
