using System.Globalization;
using System.Xml.Linq;

namespace Story;

/// <summary>Builds, runs every test project, and prints one closing line that counts.</summary>
public static class Tests
{
    /// <summary>A test that runs so long without another one ending hangs; its project is ended, and the test named. It judges no speed.</summary>
    private const string Hangs = "10m";
    private const string HangsInLong = "3h";

    public static async Task<int> RunAsync(bool all)
    {
        await Install.ForTestsAsync(Console.WriteLine);
        await Build.PrepareAsync(Console.WriteLine);
        var results = Directory.CreateTempSubdirectory("researchhub-tests-").FullName;
        var environment = new Dictionary<string, string> { ["RESEARCHHUB_LONG"] = all ? "1" : "0" };
        var failedProjects = 0;
        foreach (var project in Directory.EnumerateDirectories(Path.Combine(Repository.Root, "tests"), "*.Tests").Order(StringComparer.Ordinal))
        {
            Console.WriteLine($"test {Path.GetFileName(project)}");
            var report = Path.Combine(results, $"{Path.GetFileName(project)}.trx");
            var code = await Build.RunAsync(
                "dotnet", Repository.Root, environment,
                "test", project, "-c", "Release", "--no-build", "--nologo", "-v", "quiet", "--logger", $"trx;LogFileName={report}", "--results-directory", results,
                "--blame-hang-timeout", all ? HangsInLong : Hangs, "--blame-hang-dump-type", "none");
            failedProjects += code == 0 ? 0 : 1;
            foreach (var line in Failures(report))
            {
                Console.WriteLine(line);
            }
        }

        var (passed, failed, skipped) = Count(results);
        Directory.Delete(results, recursive: true);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Tests: {passed} passed, {failed} failed, {skipped} skipped"));
        return failed == 0 && failedProjects == 0 && passed > 0 ? 0 : 1;
    }

    /// <summary>Name, message and place of each failure: what a reader of the log needs.</summary>
    private static IEnumerable<string> Failures(string report) =>
        from result in (File.Exists(report) ? XDocument.Load(report) : new XDocument()).Descendants().Where(element => element.Name.LocalName == "UnitTestResult" && element.Attribute("outcome")?.Value == "Failed")
        let words = result.Descendants().Where(element => element.Name.LocalName is "Message" or "StackTrace").Select(element => element.Value.Trim())
        select $"FAILED {result.Attribute("testName")?.Value}\n  {string.Join("\n", words).ReplaceLineEndings("\n  ")}";

    private static (int Passed, int Failed, int Skipped) Count(string results)
    {
        var (passed, failed, skipped) = (0, 0, 0);
        foreach (var file in Directory.EnumerateFiles(results, "*.trx"))
        {
            var counters = XDocument.Load(file).Descendants().First(element => element.Name.LocalName == "Counters");
            int Of(string name) => int.Parse(counters.Attribute(name)!.Value, CultureInfo.InvariantCulture);
            passed += Of("passed");
            failed += Of("failed") + Of("error") + Of("timeout") + Of("aborted");
            skipped += Of("total") - Of("executed");
        }

        return (passed, failed, skipped);
    }
}
