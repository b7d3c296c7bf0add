using System.Globalization;
using Anonymizer.DifferentialPrivacy.Sampling;
using Anonymizer.Tables;

namespace Anonymizer.DifferentialPrivacy.Queries;

/// <summary>
/// By what names rows and groups stand in the order (<see cref="PrfOrder"/>) in which a patient's are kept up to the bound: the first
/// <see cref="ContributionBound.Rows"/> rows that pass the filter, then, of the groups of those, the first <see cref="ContributionBound.Groups"/>.
/// </summary>
/// <remarks>A row: <see cref="Row"/>, the patient's identifier, its cells of <see cref="Content"/>, and a number from 1 that tells rows of one content apart.
/// A group: <see cref="Group"/>, the identifier, and the values of its key. A number is named by its ticks, codes by their text with <c>|</c>.</remarks>
public static class ContributionNames
{
    /// <summary>Kind of a row's name.</summary>
    public const string Row = "row";

    /// <summary>Kind of a group's name.</summary>
    public const string Group = "group";

    /// <summary>The attributes whose cells name a row: those that group or are measured, each once, in the question's order.</summary>
    public static IReadOnlyList<string> Content(Query query) => [.. query.GroupBy.Concat(query.Measures.SelectMany(AttributesOf)).Distinct(StringComparer.Ordinal)];

    internal static string? Cell(Column column, int row) =>
        column is NumberColumn numbers && !numbers.IsNull(row) ? numbers.Ticks[row].ToString(CultureInfo.InvariantCulture) : column.Text(row);

    private static IEnumerable<string> AttributesOf(Measure measure) => measure switch
    {
        Measure.DistinctCount { OfUnits: false } distinct => [distinct.Attribute],
        Measure.Sum sum => [sum.Attribute],
        Measure.Mean mean => [mean.Attribute],
        Measure.Variance variance => [variance.Attribute],
        Measure.Quantile quantile => [quantile.Attribute],
        Measure.Histogram histogram => [histogram.Attribute],
        _ => [],
    };
}
