using Anonymizer.LatticeSearch;
using Anonymizer.ReidentificationRisk;
using Anonymizer.Tables;

namespace Anonymizer.Tool;

/// <summary>The report beside a recoded file (FORMATS.md, "Anonymization").</summary>
internal sealed record TableReport
{
    public required object Optimum { get; init; }

    public required long SuppressedRows { get; init; }

    public required int Classes { get; init; }

    public required long UnmappedCells { get; init; }

    public required IReadOnlyList<string> Removed { get; init; }

    public required object Search { get; init; }

    public required RiskReport Risk { get; init; }

    public required IReadOnlyDictionary<string, double> Timing { get; init; }

    public static TableReport Of(SearchResult found, IReadOnlyDictionary<string, AttributeRole> roles, IReadOnlyDictionary<string, double> timing)
    {
        var recoding = found.Recoding!;
        var levels = recoding.QuasiIdentifiers.Zip(recoding.Levels).ToDictionary(pair => pair.First.Name, pair => pair.Second);
        return new TableReport
        {
            Optimum = new { levels, score = recoding.Score },
            SuppressedRows = recoding.SuppressedRows,
            Classes = recoding.Classes.Count,
            UnmappedCells = recoding.UnmappedCells,
            Removed = [.. roles.Where(role => role.Value == AttributeRole.Identifying).Select(role => role.Key)],
            Search = new { proven = found.Proven, transformations = found.Transformations, @checked = found.Checked },
            Risk = RiskReport.Of([.. recoding.Classes.Select(each => each.Rows)]),
            Timing = timing,
        };
    }
}
