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
        var earlier = new Option<string>("--earlier") { Description = "The report of an earlier release of the same rows, to report what both together tell." };
        var command = new Command("table", "Anonymize a table by generalization and suppression.") { input, delimiter, config, output, report, apply, earlier };
        command.SetAction((parsed, _) => Task.FromResult(Run(
            parsed.GetValue(input)!, parsed.GetValue(delimiter)!, parsed.GetValue(config)!, parsed.GetValue(output)!, parsed.GetValue(report)!, parsed.GetValue(apply), parsed.GetValue(earlier))));
        return command;
    }

    private static int Run(string input, string delimiter, string configPath, string output, string report, string? apply, string? earlier)
    {
        if (delimiter.Length != 1 || delimiter[0] is '"' or '\r' or '\n')
        {
            throw new UsageException($"--delimiter is '{delimiter}' but must be one character, and no quote or line break");
        }

        foreach (var path in new[] { input, configPath, apply, earlier }.OfType<string>().Where(path => !File.Exists(path)))
        {
            throw new UsageException($"'{path}' does not exist");
        }

        var encoding = Stopwatch.StartNew();
        var config = ReadTableConfig.Parse(configPath);
        var file = new TableFile(input, delimiter[0]);
        var roles = ReadTableConfig.Roles(config, file.Header);
        var table = file.Read(NeededColumns(config, roles));
        var request = new ReadTableConfig(configPath, delimiter[0]).Request(config, table, roles);
        var transformations = request.QuasiIdentifiers.Aggregate(1.0, (size, attribute) => size * attribute.Hierarchy.Levels);
        config.TimeLimitSeconds ??= transformations > FullDomain.LargestProvenLattice ? 30 : 600;
        var encodeMs = encoding.Elapsed.TotalMilliseconds;

        var searching = Stopwatch.StartNew();
        var limits = LimitsOf(config, searching);
        var found = Find(config, request, table, apply, limits);
        var searchMs = searching.Elapsed.TotalMilliseconds;
        if (config.Population < table.Count)
        {
            throw new UsageException($"population is {config.Population} but must be at least the {table.Count} rows of the table");
        }

        if (found.Release is null)
        {
            Console.Error.WriteLine(
                $"no transformation satisfies the models within suppressionLimit {request.SuppressionLimit}" +
                (apply is not null ? " (the applied one does not on this table)" : found.Proven ? "" : $" ({found.Checked} of {found.Transformations} were counted)"));
            return 1;
        }

        var writing = Stopwatch.StartNew();
        file.Write(output, roles, found.Release);
        var timing = new Dictionary<string, double> { ["encodeMs"] = encodeMs, ["searchMs"] = searchMs, ["writeMs"] = writing.Elapsed.TotalMilliseconds };
        var before = earlier is null ? null : FullDomain.At(request with { SuppressionLimit = 1 }, table, LevelsOf("--earlier", earlier, request), limits).Release;
        File.WriteAllText(report, JsonSerializer.Serialize(TableReport.Of(found, request, table, config, roles, before, timing), Indented) + "\n");
        return 0;
    }

    private static SearchResult Find(TableConfig config, Anonymization request, Table table, string? apply, SearchLimits limits)
    {
        switch (config.Recoding)
        {
            case "global":
                return apply is null ? FullDomain.Search(request, table, limits) : FullDomain.At(request, table, LevelsOf("--apply", apply, request), limits);
            case "local" when apply is not null:
                throw new UsageException("--apply needs recoding 'global': a local recoding belongs to the rows it was made of");
            case "local":
                return LocalRecoding.Refusal(request) is { } refusal ? throw new UsageException(refusal) : LocalRecoding.Search(request, table, limits);
            default:
                throw new UsageException($"recoding is '{config.Recoding}' but must be global or local");
        }
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
    private static List<int> LevelsOf(string option, string report, Anonymization request)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllText(report));
            var levels = document.RootElement.GetProperty("optimum").GetProperty("levels");
            return [.. request.QuasiIdentifiers.Select(attribute => LevelOf(option, levels, attribute))];
        }
        catch (Exception fault) when (fault is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new UsageException($"{option} '{report}' must be a report of this program with a level for each quasi-identifying attribute");
        }
    }

    private static int LevelOf(string option, JsonElement levels, QuasiIdentifier attribute)
    {
        var level = levels.GetProperty(attribute.Name).GetInt32();
        return level >= 0 && level < attribute.Hierarchy.Levels
            ? level
            : throw new UsageException($"{option}: level of '{attribute.Name}' is {level} but must be from 0 to {attribute.Hierarchy.Levels - 1}");
    }
}
