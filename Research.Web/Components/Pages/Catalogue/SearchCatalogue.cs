using Research.Api.Protocol;

namespace Research.Web.Components.Pages.Catalogue;

/// <summary>A facet's value, and how many datasets have it.</summary>
internal sealed record FacetValue(string Value, int Datasets);

/// <summary>The datasets in whose words every searched word occurs, narrowed by facets.</summary>
internal static class SearchCatalogue
{
    /// <param name="hospital">Only this hospital's; empty for all.</param>
    /// <param name="use">Only those that allow this use (DUO code); empty for all.</param>
    /// <param name="department">Only those with an attribute that this department answers for; empty for all.</param>
    public static IReadOnlyList<CatalogueItem> Find(IReadOnlyList<CatalogueItem> offered, string? words, string? hospital, string? use, string? department) =>
    [
        .. offered.Where(item => Fits(hospital, [item.Hospital]) && Fits(use, item.Uses) && Fits(department, Departments(item)) && Words(words).All(word => Mentions(item, word))),
    ];

    /// <summary>The uses that are allowed anywhere, by code.</summary>
    public static IReadOnlyList<FacetValue> Uses(IReadOnlyList<CatalogueItem> offered) => Count(offered, item => item.Uses);

    /// <summary>The departments that answer for attributes, by name.</summary>
    public static IReadOnlyList<FacetValue> Departments(IReadOnlyList<CatalogueItem> offered) => Count(offered, Departments);

    private static IEnumerable<string> Departments(CatalogueItem item) => item.Attributes.Select(attribute => attribute.Department).OfType<string>().Distinct();

    private static List<FacetValue> Count(IReadOnlyList<CatalogueItem> offered, Func<CatalogueItem, IEnumerable<string>> values) =>
        [.. offered.SelectMany(values).CountBy(value => value).OrderBy(value => value.Key, StringComparer.Ordinal).Select(value => new FacetValue(value.Key, value.Value))];

    private static bool Fits(string? wanted, IEnumerable<string> values) => string.IsNullOrEmpty(wanted) || values.Contains(wanted);

    private static string[] Words(string? words) => (words ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static bool Mentions(CatalogueItem item, string word) =>
        new[] { item.Title, item.Description, item.Hospital }.Concat(item.Attributes.SelectMany(attribute => new[] { attribute.Name, attribute.Title, attribute.Department ?? "" }))
            .Any(text => text.Contains(word, StringComparison.OrdinalIgnoreCase));
}
