using System.Diagnostics;
using System.Globalization;
using Silos.Tests.Ingestion;
using Xunit;

namespace Silos.Tests.Attacks;

/// <summary>The outside falsifier (dp_audit.py): half of the answers choose an event, the other half test it once.</summary>
internal static class Falsifier
{
    /// <summary>Whether the answers contradict that one patient changes them by no more than ε at δ = 0.</summary>
    /// <param name="with">Answers with her, a line of JSON each.</param>
    /// <param name="without">Answers without her.</param>
    /// <param name="falseAlarm">How often a true claim is contradicted, at most; above 0 and below 1.</param>
    public static async Task<(bool Violated, string Report)> JudgeAsync(IReadOnlyList<string> with, IReadOnlyList<string> without, double epsilon, double falseAlarm)
    {
        var tool = Shared.Path("tools", "dp_audit.py");
        using var folder = new TemporaryFolder();
        var start = new ProcessStartInfo("python3") { RedirectStandardOutput = true, RedirectStandardError = true };
        string[] arguments =
        [
            tool, "files", folder.Write("with.jsonl", string.Join('\n', with)), folder.Write("without.jsonl", string.Join('\n', without)),
            "--eps", epsilon.ToString("R", CultureInfo.InvariantCulture), "--delta", "0", "--alpha", falseAlarm.ToString("R", CultureInfo.InvariantCulture),
        ];
        Array.ForEach(arguments, start.ArgumentList.Add);
        using var audit = Start(start);
        var errors = audit.StandardError.ReadToEndAsync();
        var report = (await audit.StandardOutput.ReadToEndAsync()).Trim();
        await audit.WaitForExitAsync();
        Assert.True(audit.ExitCode is 0 or 1 && report.Contains("violated", StringComparison.Ordinal), await errors);
        return (audit.ExitCode == 1, report);
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.SkipUnless(Environment.GetEnvironmentVariable("CI") == "true", "needs python3 on the path");
            throw;
        }
    }
}
