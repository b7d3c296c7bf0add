using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using Anonymizer.Generalization;
using Anonymizer.LatticeSearch;
using Anonymizer.Tables;

namespace Anonymizer.Tool;

/// <summary>
/// <c>anonymize table</c>: reads a file, finds the recoding that loses least under the models, and writes the file again with it,
/// row by row and in its order, with a report. Exit 1 when no recoding satisfies the models within the suppression limit.
/// </summary>
internal static class TableCommand
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Command Create()
    {
        var input = new Option<string>("--input") { Description = "The table: a delimited file with a header.", Required = true };
        var delimiter = new Option<string>("--delimiter") { Description = "One character between cells.", DefaultValueFactory = _ => "," };
        var config = new Option<string>("--config") { Description = "Roles, hierarchies, models, suppression limit and metric (JSON).", Required = true };
        var output = new Option<string>("--output") { Description = "Where the recoded table is written.", Required = true };
        var report = new Option<string>("--report") { Description = "Where the report is written (JSON).", Required = true };
        var apply = new Option<string>("--apply") { Description = "The report of an earlier run, whose transformation is used again." };
        var command = new Command("table", "Anonymize a table by generalization and suppression.") { input, delimiter, config, output, report, apply };
        command.SetAction((parsed, _) => Task.FromResult(Run(
            parsed.GetValue(input)!, parsed.GetValue(delimiter)!, parsed.GetValue(config)!, parsed.GetValue(output)!, parsed.GetValue(report)!, parsed.GetValue(apply))));
        return command;
    }

    private static int Run(string input, string delimiter, string configPath, string output, string report, string? apply)
    {
        if (delimiter.Length != 1 || delimiter[0] is '"' or '\r' or '\n')
        {
            throw new UsageException($"--delimiter is '{delimiter}' but must be one character, and no quote or line break");
        }

        foreach (var path in new[] { input, configPath, apply }.OfType<string>().Where(path => !File.Exists(path)))
        {
            throw new UsageException($"'{path}' does not exist");
        }

        var encoding = Stopwatch.StartNew();
        var config = ReadTableConfig.Parse(configPath);
        var file = new TableFile(input, delimiter[0]);
        var roles = ReadTableConfig.Roles(config, file.Header);
        var table = file.Read(NeededColumns(config, roles));
        var request = new ReadTableConfig(configPath, delimiter[0]).Request(config, table, roles);
        var encodeMs = encoding.Elapsed.TotalMilliseconds;

        var searching = Stopwatch.StartNew();
        var limits = LimitsOf(config, searching);
        var found = apply is null
            ? FullDomain.Search(request, table, limits)
            : FullDomain.At(request, table, LevelsOf(apply, request), limits);
        var searchMs = searching.Elapsed.TotalMilliseconds;
        if (found.Release is null)
        {
            Console.Error.WriteLine($"no transformation satisfies the models within suppressionLimit {request.SuppressionLimit}{(apply is null ? "" : " (the applied one does not on this table)")}");
            return 1;
        }

        var writing = Stopwatch.StartNew();
        file.Write(output, roles, found.Release);
        var timing = new Dictionary<string, double> { ["encodeMs"] = encodeMs, ["searchMs"] = searchMs, ["writeMs"] = writing.Elapsed.TotalMilliseconds };
        File.WriteAllText(report, JsonSerializer.Serialize(TableReport.Of(found, roles, timing), Indented) + "\n");
        return 0;
    }

    private static HashSet<string> NeededColumns(TableConfig config, IReadOnlyDictionary<string, AttributeRole> roles)
    {
        var needed = roles.Where(role => role.Value == AttributeRole.QuasiIdentifying).Select(role => role.Key).ToHashSet(StringComparer.Ordinal);
        foreach (var name in (config.Models ?? []).Select(model => model.Attribute).Append(config.PrivacyUnit).OfType<string>())
        {
            if (!roles.ContainsKey(name))
            {
                throw new UsageException($"'{name}' is no column of the input, which has {string.Join(", ", roles.Keys)}");
            }

            needed.Add(name);
        }

        return needed;
    }

    private static SearchLimits LimitsOf(TableConfig config, Stopwatch since)
    {
        if (config.TimeLimitSeconds is <= 0)
        {
            throw new UsageException($"timeLimitSeconds is {config.TimeLimitSeconds} but must be above 0");
        }

        var seconds = (double?)config.TimeLimitSeconds;
        return new SearchLimits(
            Math.Min(2, Environment.ProcessorCount),
            seconds is null ? null : () => since.Elapsed.TotalSeconds > seconds,
            Console.IsErrorRedirected ? null : new ProgressBar());
    }

    /// <summary>The levels that a report names, in the order of the quasi-identifiers.</summary>
    private static List<int> LevelsOf(string report, Anonymization request)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllText(report));
            var levels = document.RootElement.GetProperty("optimum").GetProperty("levels");
            return [.. request.QuasiIdentifiers.Select(attribute => LevelOf(levels, attribute))];
        }
        catch (Exception fault) when (fault is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new UsageException($"--apply '{report}' must be a report of this program with a level for each quasi-identifying attribute");
        }
    }

    private static int LevelOf(JsonElement levels, QuasiIdentifier attribute)
    {
        var level = levels.GetProperty(attribute.Name).GetInt32();
        return level >= 0 && level < attribute.Hierarchy.Levels
            ? level
            : throw new UsageException($"--apply: level of '{attribute.Name}' is {level} but must be from 0 to {attribute.Hierarchy.Levels - 1}");
    }
}
