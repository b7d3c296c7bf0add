using System.Diagnostics;
using Xunit;

namespace Anonymizer.Tests.Tool;

/// <summary>Runs the built programs as strangers do.</summary>
internal static class Programs
{
    /// <summary>Runs one to its end.</summary>
    /// <param name="project">Its folder among the artifacts.</param>
    /// <param name="file">Its assembly.</param>
    /// <param name="input">Its standard input, if any.</param>
    /// <param name="arguments">Its arguments.</param>
    public static (int Code, string Output, string Error) Run(string project, string file, string? input, params string[] arguments)
    {
        var configuration = Path.GetFileName(Path.GetDirectoryName(AppContext.BaseDirectory)!);
        var program = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", project, configuration, file));
        Assert.True(File.Exists(program), $"'{program}' is not built: build ResearchHub.sln first");
        using var process = Process.Start(new ProcessStartInfo("dotnet", [program, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        process.WaitForExit();
        return (process.ExitCode, output.Result, error.Result);
    }
}
