using Research.Api.Protocol;
using Research.Web.Components.Parts;

namespace Research.Web.Components.Pages.Hospital;

/// <summary>What a permit touches, read from its document and the catalogue.</summary>
internal static class TouchedBy
{
    /// <summary>The catalogue's entries that the permit names.</summary>
    public static IReadOnlyList<CatalogueItem> Datasets(PermitView permit, IReadOnlyList<CatalogueItem> offered) =>
        [.. permit.Permit.Items("datasets").Select(named => offered.FirstOrDefault(item => item.Silo == named.Text("silo") && item.Dataset == named.Text("dataset"))).OfType<CatalogueItem>()];

    /// <summary>Departments whose attributes the named datasets hold, in order, each once (C10).</summary>
    public static IReadOnlyList<string> Departments(PermitView permit, IReadOnlyList<CatalogueItem> offered) =>
        [.. Datasets(permit, offered).SelectMany(item => item.Attributes).Select(attribute => attribute.Department).OfType<string>().Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
}
