using System.Globalization;

namespace Anonymizer.Generalization;

/// <summary>ISO dates (<c>yyyy-MM-dd</c>) to month, quarter, year, five years, ten years and <c>*</c>, in that order, from the first chosen step on.</summary>
/// <param name="From">The level above the date itself. HIPAA Safe Harbor allows no step finer than the year.</param>
public sealed record DateHierarchy(DateStep From)
{
    /// <summary>The hierarchy of the dates among the values; what is no date is left out.</summary>
    public Hierarchy Of(IEnumerable<string> values)
    {
        var rows = new List<IReadOnlyList<string>>();
        foreach (var text in values.Distinct(StringComparer.Ordinal))
        {
            if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date))
            {
                rows.Add([text, .. Steps(date), Hierarchy.Any]);
            }
        }

        return rows.Count == 0 ? Hierarchy.Flat(values) : Hierarchy.Built(rows);
    }

    private IEnumerable<string> Steps(DateOnly date)
    {
        for (var step = From; step <= DateStep.Decade; step++)
        {
            yield return Label(date, step);
        }
    }

    private static string Label(DateOnly date, DateStep step) => step switch
    {
        DateStep.Month => date.ToString("yyyy-MM", CultureInfo.InvariantCulture),
        DateStep.Quarter => string.Create(CultureInfo.InvariantCulture, $"{date.Year:0000}-Q{((date.Month - 1) / 3) + 1}"),
        DateStep.Year => date.Year.ToString("0000", CultureInfo.InvariantCulture),
        DateStep.FiveYears => Span(date.Year, 5),
        _ => Span(date.Year, 10),
    };

    private static string Span(int year, int width) =>
        string.Create(CultureInfo.InvariantCulture, $"{year / width * width:0000}-{(year / width * width) + width - 1:0000}");
}

/// <summary>The steps of <see cref="DateHierarchy"/>, from fine to coarse.</summary>
public enum DateStep
{
    Month,
    Quarter,
    Year,
    FiveYears,
    Decade,
}
