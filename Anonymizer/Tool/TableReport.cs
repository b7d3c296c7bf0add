using Anonymizer.Generalization;
using Anonymizer.LatticeSearch;
using Anonymizer.PrivacyModels;
using Anonymizer.ReidentificationRisk;
using Anonymizer.Tables;

namespace Anonymizer.Tool;

/// <summary>The report beside a recoded file (FORMATS.md, "Anonymization").</summary>
internal sealed record TableReport
{
    /// <summary>Levels by attribute (none in a local recoding) and the score by the metric.</summary>
    public required object Optimum { get; init; }

    public required long SuppressedRows { get; init; }

    public required int Classes { get; init; }

    /// <summary>Cells whose value its hierarchy does not know.</summary>
    public required long UnmappedCells { get; init; }

    /// <summary>Columns that were left out.</summary>
    public required IReadOnlyList<string> Removed { get; init; }

    public required object Search { get; init; }

    public required RiskReport Risk { get; init; }

    /// <summary>How many are unique in the population; only where its size was given.</summary>
    public PopulationUniqueness? Population { get; init; }

    public required object Attacks { get; init; }

    public required IReadOnlyDictionary<string, double> Timing { get; init; }

    /// <param name="earlier">The same rows as an earlier release had them, or null.</param>
    public static TableReport Of(SearchResult found, Anonymization request, Table table, TableConfig config, IReadOnlyDictionary<string, AttributeRole> roles, RecodedTable? earlier, IReadOnlyDictionary<string, double> timing)
    {
        var (recoding, release) = (found.Recoding!, found.Release!);
        var sizes = recoding.Classes.Select(each => each.Rows).ToList();
        var sensitive = request.Models.Select(model => model.Attribute).Where(name => name is not null && name != config.PrivacyUnit).OfType<string>()
            .Distinct().ToDictionary(name => name, name => table.Find(name)!);
        return new TableReport
        {
            Optimum = new { levels = recoding.QuasiIdentifiers.Zip(recoding.Levels).ToDictionary(pair => pair.First.Name, pair => pair.Second), score = recoding.Score },
            SuppressedRows = recoding.SuppressedRows,
            Classes = recoding.Classes.Count,
            UnmappedCells = recoding.UnmappedCells,
            Removed = [.. roles.Where(role => role.Value == AttributeRole.Identifying).Select(role => role.Key)],
            Search = new { recoding = config.Recoding, metric = config.Metric, proven = found.Proven, transformations = found.Transformations, @checked = found.Checked },
            Risk = RiskReport.Of(sizes),
            Population = config.Population is { } population ? PopulationUniqueness.Of(sizes, population) : null,
            Attacks = new
            {
                dependsOnSensitive = sensitive.Count > 0,
                downcoding = ReidentificationRisk.Attacks.Downcode(release, request.Models.OfType<KAnonymity>().Select(model => model.K).DefaultIfEmpty(2).Max()),
                homogeneity = sensitive.ToDictionary(pair => pair.Key, pair => ReidentificationRisk.Attacks.Homogeneous(release, pair.Value)),
                intersection = earlier is null ? null : sensitive.ToDictionary(pair => pair.Key, pair => ReidentificationRisk.Attacks.Intersect(earlier, release, pair.Value)),
            },
            Timing = timing,
        };
    }
}
