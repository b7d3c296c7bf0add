using Research.Api.Protocol;

namespace Research.Web.Components.Pages.Catalogue;

/// <summary>The datasets in whose words every searched word occurs.</summary>
internal static class SearchCatalogue
{
    /// <param name="hospital">Only this hospital's; empty for all.</param>
    public static IReadOnlyList<CatalogueItem> Find(IReadOnlyList<CatalogueItem> offered, string? words, string? hospital) =>
        [.. offered.Where(item => (string.IsNullOrEmpty(hospital) || item.Hospital == hospital) && Words(words).All(word => Mentions(item, word)))];

    private static string[] Words(string? words) => (words ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static bool Mentions(CatalogueItem item, string word) =>
        new[] { item.Title, item.Description, item.Hospital }.Concat(item.Attributes.SelectMany(attribute => new[] { attribute.Name, attribute.Title, attribute.Department ?? "" }))
            .Any(text => text.Contains(word, StringComparison.OrdinalIgnoreCase));
}
