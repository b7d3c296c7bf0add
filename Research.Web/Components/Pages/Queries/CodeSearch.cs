using Research.Api.Protocol;
using Research.Web.Hub;

namespace Research.Web.Components.Pages.Queries;

/// <summary>A search for codes in the hierarchy of what one rule is about. The form is sent as it stands, to the same page, with the rule's field in the address; nothing is priced or counted then.</summary>
/// <param name="Field">The rule's field, such as <c>rule.0</c>; null where no search was asked for.</param>
public sealed record CodeSearch(string? Field, HubAnswer<CodesView>? Found)
{
    private static readonly HubProblem NotChosen = new(422, "nothing-chosen", "");

    public static CodeSearch None { get; } = new(null, null);

    /// <summary>Whether this sending of the form only searches.</summary>
    public static bool IsAsked(HttpRequest request) => request.Query.ContainsKey("find");

    /// <summary>The page's address for a search of this rule.</summary>
    public string At(string action, string field) => $"{action}?find={Uri.EscapeDataString(field)}";

    /// <summary>What was found for this rule; null where the search was for another.</summary>
    public HubAnswer<CodesView>? For(string field) => field == Field ? Found : null;

    /// <summary>Searches where the address asks for it.</summary>
    internal static async Task<CodeSearch> RunAsync(HubClient hub, CatalogueItem dataset, HttpRequest request)
    {
        var field = request.Query["find"].ToString();
        if (!IsAsked(request) || !request.HasFormContentType)
        {
            return None;
        }

        var form = request.Form;
        var about = form[field + (field.StartsWith("event.", StringComparison.Ordinal) ? ".kind" : ".attribute")].ToString();
        return new CodeSearch(field, about.Length == 0
            ? new HubAnswer<CodesView>(null, NotChosen)
            : await hub.GetAsync<CodesView>($"{HubRoutes.Catalogue}/{Uri.EscapeDataString(dataset.Silo)}/{Uri.EscapeDataString(dataset.Dataset)}/codes/{Uri.EscapeDataString(about)}?text={Uri.EscapeDataString(form[field + ".find"].ToString())}"));
    }
}
