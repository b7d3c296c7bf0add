using System.Globalization;
using Silos.Ingestion.Definitions;
using Silos.Ingestion.Quality;

namespace Silos.Ingestion;

/// <summary><c>dotnet Silos.dll try --definition FILE --data FOLDER [--day yyyy-MM-dd] [--report FILE.html]</c>: loads a folder by a
/// definition, says what came of it, and keeps nothing. Exit 0 when every file was read to its end and somebody was loaded, 1 when not,
/// 2 when definition or arguments are wrong.</summary>
public static class TryLoad
{
    private static readonly string[] Options = ["--definition", "--data", "--day", "--report"];

    /// <param name="bar">Where the progress bar is drawn; null for nowhere, as in a file.</param>
    public static int Run(string[] args, TextWriter output, TextWriter errors, TextWriter? bar, TimeProvider clock)
    {
        if (Read(args, errors) is not { } given)
        {
            return 2;
        }

        if (!File.Exists(given["--definition"]) || !Directory.Exists(given["--data"]))
        {
            errors.WriteLine(File.Exists(given["--definition"]) ? $"--data: '{given["--data"]}' is no folder" : $"--definition: '{given["--definition"]}' is no file");
            return 2;
        }

        var day = DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime);
        if (given.TryGetValue("--day", out var written) && !DateOnly.TryParseExact(written, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out day))
        {
            errors.WriteLine($"--day: '{written}' is no day; allowed is yyyy-MM-dd");
            return 2;
        }

        if (ReadDefinition.FromFile(given["--definition"]) is DefinitionOutcome.Refused refused)
        {
            foreach (var fault in refused.Faults)
            {
                errors.WriteLine($"{given["--definition"]}: {fault}");
            }

            return 2;
        }

        var definition = ((DefinitionOutcome.Accepted)ReadDefinition.FromFile(given["--definition"])).Definition;
        var report = Load(given["--data"], definition, day, bar, clock);
        Say(definition, report, output);
        if (given.TryGetValue("--report", out var page))
        {
            File.WriteAllText(page, QualityPage.Of(definition.Id, report));
            output.WriteLine($"The whole report: {page}");
        }

        return report.Complete && report.Patients > 0 ? 0 : 1;
    }

    private static Dictionary<string, string>? Read(string[] args, TextWriter errors)
    {
        var given = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < args.Length; i += 2)
        {
            if (!Options.Contains(args[i]) || i + 1 == args.Length || !given.TryAdd(args[i], args[i + 1]))
            {
                errors.WriteLine($"try: '{args[i]}' is unknown, twice there or without a value; allowed: {string.Join(", ", Options)}, each with a value");
                return null;
            }
        }

        if (!given.ContainsKey("--definition") || !given.ContainsKey("--data"))
        {
            errors.WriteLine("try: name --definition FILE and --data FOLDER");
            return null;
        }

        return given;
    }

    private static LoadReport Load(string folder, DatasetDefinition definition, DateOnly day, TextWriter? bar, TimeProvider clock)
    {
        var started = clock.GetTimestamp();
        var drawn = TimeSpan.FromSeconds(-1);
        var report = LoadFolder.Run(folder, definition, new LoadOptions(day, Progress: (done, total) =>
        {
            var elapsed = clock.GetElapsedTime(started);
            if (bar is not null && (done == total || elapsed - drawn > TimeSpan.FromMilliseconds(200)))
            {
                drawn = elapsed;
                bar.Write($"\r{QualityPage.ProgressLine(done, total, elapsed)}");
            }
        })).Report;
        bar?.WriteLine();
        return report;
    }

    private static void Say(DatasetDefinition definition, LoadReport report, TextWriter output)
    {
        foreach (var type in report.Types)
        {
            output.WriteLine($"{type.Type}: {type.Read} read, {type.Loaded} loaded, {type.Rejected} rejected{(type.Ignored ? " (no view asks for it)" : "")}");
        }

        foreach (var fault in report.Faults)
        {
            output.WriteLine($"{fault.File}:{fault.Line}: {fault.Reason}; the rest of the file was not read");
        }

        foreach (var rejection in report.Rejections.Take(10))
        {
            output.WriteLine($"{rejection.File}:{rejection.Line}: rejected: {rejection.Reason}");
        }

        foreach (var problem in report.Problems.Take(10))
        {
            output.WriteLine($"{problem.File}:{problem.Line}: {problem.Attribute} left out: {problem.Reason}");
        }

        foreach (var attribute in report.Attributes)
        {
            var share = report.Patients == 0 ? "0" : (100.0 * attribute.Filled / report.Patients).ToString("0", CultureInfo.InvariantCulture);
            output.WriteLine($"{attribute.Name}: {share} % filled{(attribute.Minimum is null ? "" : $", {attribute.Minimum} to {attribute.Maximum}")}, {attribute.Distinct} distinct");
        }

        output.WriteLine($"{definition.Id}: {report.Patients} patients");
    }
}
