using Anonymizer.Generalization;
using Anonymizer.Tables;
using Xunit;

namespace Anonymizer.Tests.LatticeSearch;

/// <summary>The adult data set and its hierarchies, read from the shared material.</summary>
internal static class Adult
{
    public static readonly string[] Names =
        ["sex", "age", "race", "marital-status", "education", "native-country", "workclass", "occupation", "salary-class"];

    private static readonly Lazy<Table?> Read = new(() => SharedFolder is null ? null : Parse(File.ReadAllLines(PathOf("adult.csv"))));

    /// <summary>The folder of shared material, or null.</summary>
    public static string? SharedFolder { get; } = FindShared();

    public static Table Table
    {
        get
        {
            Assert.SkipWhen(SharedFolder is null, "the shared material is not here: set RESEARCHHUB_SHARED to its folder");
            return Read.Value!;
        }
    }

    public static Hierarchy HierarchyOf(string attribute) =>
        Hierarchy.FromRows(RowsOf(attribute), out var fault) ?? throw new InvalidDataException(fault!.ToString());

    public static IReadOnlyList<IReadOnlyList<string>> RowsOf(string attribute) =>
        [.. File.ReadAllLines(PathOf($"adult_hierarchy_{attribute}.csv")).Where(line => line.Length > 0).Select(line => line.Split(';'))];

    public static IReadOnlyList<QuasiIdentifier> QuasiIdentifiers(params string[] without) =>
        [.. Names.Except(without).Select(name => new QuasiIdentifier(name, HierarchyOf(name)))];

    private static string PathOf(string file) => Path.Combine(SharedFolder!, "data", "adult", file);

    private static Table Parse(string[] lines)
    {
        var cells = lines.Skip(1).Where(line => line.Length > 0).Select(line => line.Split(';')).ToArray();
        return new Table([.. lines[0].Split(';').Select((name, index) => ColumnOf(name, [.. cells.Select(row => row[index])]))]);
    }

    private static CategoryColumn ColumnOf(string name, string[] cells)
    {
        var values = cells.Distinct().ToList();
        var codes = values.Select((value, code) => (value, code)).ToDictionary(pair => pair.value, pair => pair.code);
        return new CategoryColumn(name, values, [.. cells.Select(cell => codes[cell])]);
    }

    private static string? FindShared()
    {
        var named = Environment.GetEnvironmentVariable("RESEARCHHUB_SHARED");
        if (named is not null)
        {
            return Directory.Exists(Path.Combine(named, "data", "adult")) ? named : null;
        }

        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "ResearchHub.sln")))
            {
                var beside = Path.Combine(folder.FullName, "..", "shared");
                return Directory.Exists(Path.Combine(beside, "data", "adult")) ? beside : null;
            }
        }

        return null;
    }
}
