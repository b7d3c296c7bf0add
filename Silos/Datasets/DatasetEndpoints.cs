using Silos.Ingestion.Definitions;
using Silos.Ingestion.Hierarchies;
using Silos.Ledger.Chain;
using Silos.Protocol;

namespace Silos.Datasets;

/// <summary>What is offered here, for anybody to read. Nothing in it depends on who consented.</summary>
public static class DatasetEndpoints
{
    private const int LongestText = 100;

    public static void MapDatasetEndpoints(this IEndpointRouteBuilder routes)
    {
        routes.MapGet(SiloRoutes.Datasets, (DatasetShelf shelf) => shelf.All.Select(Describe));
        routes.MapGet(SiloRoutes.Datasets + "/{name}", (string name, DatasetShelf shelf) =>
            shelf.Find(name, out _) is { } dataset ? Results.Ok(Describe(dataset)) : Problems.Refusal(RefusalCode.UnknownDataset, $"dataset: '{name}' is not offered here"));
        routes.MapGet(SiloRoutes.Datasets + "/{name}/codes/{of}", (string name, string of, DatasetShelf shelf, string? text) =>
            shelf.Find(name, out _) is not { } dataset ? Problems.Refusal(RefusalCode.UnknownDataset, $"dataset: '{name}' is not offered here")
            : text?.Length > LongestText ? Problems.Refusal(RefusalCode.BadQuery, $"text: {text.Length} characters; allowed are at most {LongestText}")
            : FindCodes.In(dataset.Definition, of, text ?? "") is { } found ? Results.Ok(found)
            : Problems.Refusal(RefusalCode.BadQuery, $"'{of}' is no attribute or event with codes; allowed are {string.Join(", ", FindCodes.Searched(dataset.Definition))}"));
        routes.MapGet(SiloRoutes.Datasets + "/{name}/health-dcat", async (string name, DatasetShelf shelf, CatalogueEntry entries, CancellationToken cancel) =>
        {
            if (shelf.Find(name, out _) is not { } dataset)
            {
                return Problems.Refusal(RefusalCode.UnknownDataset, $"dataset: '{name}' is not offered here");
            }

            try
            {
                return Results.Text((await entries.OfAsync(dataset, cancel)).ToJsonString(), "application/ld+json");
            }
            catch (LedgerUnavailableException down)
            {
                return Problems.Refusal(RefusalCode.LedgerUnavailable, $"ledger: {down.Message}");
            }
        });
    }

    private static DatasetDescription Describe(OpenedDataset dataset) => new(
        dataset.Definition.Id,
        dataset.Definition.Title,
        dataset.Definition.Description,
        Rounded(dataset.Version.Patients),
        (int)dataset.Version.Version,
        dataset.SchemaJson,
        [.. dataset.Definition.Attributes.Where(attribute => attribute.Role != AttributeRole.Identifying).Select(attribute => new AttributeDescription(
            attribute.Name, attribute.Title, TypeOf(attribute.Type), RoleOf(attribute.Role), attribute.Department, null))],
        dataset.Definition.Policy.Uses,
        new PolicyFloors(
            dataset.Definition.Policy.K,
            dataset.Definition.Policy.Cell,
            dataset.Definition.Policy.RhoPerQuery.ToString(System.Globalization.CultureInfo.InvariantCulture)),
        [.. dataset.Definition.Events.Select(kind => kind.Name)]);

    private static long Rounded(long patients) => (patients + 50) / 100 * 100;

    private static string TypeOf(AttributeType type) => type switch
    {
        AttributeType.WholeNumber => "integer",
        AttributeType.DecimalNumber => "decimal",
        AttributeType.Category => "category",
        _ => "codes",
    };

    private static string RoleOf(AttributeRole role) => role == AttributeRole.QuasiIdentifying ? "quasi-identifying" : role.ToString().ToLowerInvariant();
}
