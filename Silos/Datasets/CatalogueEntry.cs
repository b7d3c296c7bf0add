using System.Text.Json.Nodes;
using Microsoft.Extensions.Options;
using Silos.Ingestion.Catalogue;
using Silos.Ledger.Chain;

namespace Silos.Datasets;

/// <summary>What the hospital says of its datasets in the catalogue.</summary>
public sealed class CatalogueOptions
{
    /// <summary>Where may researchers write? An e-mail address; <c>data@</c> the host of the log's origin by default.</summary>
    public string? Contact { get; init; }

    /// <summary>Which body permits? The ethics board by default.</summary>
    public string Body { get; init; } = "The ethics board of this marketplace";

    /// <summary>Whom do the records cover, in words? The hospital's patients by default.</summary>
    public string? Coverage { get; init; }

    /// <summary>In which language are titles and descriptions? BCP 47; en by default.</summary>
    public string Language { get; init; } = "en";

    /// <summary>Under which address are datasets known? The log's origin over https by default.</summary>
    public Uri? Url { get; init; }

    /// <summary>What does the hospital ask for, as people read it? Nothing is stated by default.</summary>
    public string Price { get; init; } = "No fee is stated by the hospital";
}

/// <summary>A dataset's catalogue entry: rounded sizes, and the register's privacy budget on the chain in words.</summary>
public sealed class CatalogueEntry(SiloIdentity silo, ChainClient chain, IOptions<CatalogueOptions> options)
{
    private static readonly Dictionary<string, string> CodeSystems = new(StringComparer.Ordinal)
    {
        ["icd-10"] = "http://hl7.org/fhir/sid/icd-10",
        ["atc"] = "http://www.whocc.no/atc",
        ["ibge"] = "https://servicodados.ibge.gov.br/api/v1/localidades/municipios",
    };

    /// <exception cref="LedgerUnavailableException">The chain, which knows the budget, does not answer.</exception>
    public async Task<JsonObject> OfAsync(OpenedDataset dataset, CancellationToken cancel)
    {
        var says = options.Value;
        var home = says.Url ?? new Uri($"https://{silo.Origin}");
        var uri = new Uri($"{home.ToString().TrimEnd('/')}/datasets/{dataset.Definition.Id}");
        var budget = await chain.ReadBudgetAsync(silo.Register, cancel);
        return HealthDcat.Entry(dataset.Definition, new CatalogueFacts(
            uri,
            says.Language,
            silo.Name,
            says.Contact ?? $"data@{home.Host}",
            new Uri($"{uri}/queries"),
            says.Body,
            dataset.Version.Patients,
            Loaded(dataset.Version.Report),
            says.Coverage ?? $"Patients of {silo.Name}",
            [.. dataset.Definition.Attributes.Select(attribute => attribute.Hierarchy).OfType<string>().Distinct().Select(CodeSystems.GetValueOrDefault).OfType<string>().Select(system => new Uri(system))],
            says.Price,
            InWords(budget.Limit.Rho, budget.Spent.Rho)));
    }

    /// <summary>How much of a budget is left, in words that a single question seldom changes.</summary>
    public static string InWords(ulong limit, ulong spent) => limit == 0 || spent >= limit ? "none is left in this period" : ((limit - spent) / (double)limit) switch
    {
        >= 0.9 => "almost all of this period's is left",
        >= 0.6 => "most of this period's is left",
        >= 0.4 => "about half of this period's is left",
        >= 0.1 => "some of this period's is left",
        _ => "little of this period's is left",
    };

    /// <summary>Records behind the rows, of the types that a view asks for.</summary>
    private static long Loaded(string report) => report.Length == 0 ? 0 :
        JsonNode.Parse(report)!["types"]!.AsArray().Where(type => type!["ignored"]?.GetValue<bool>() != true).Sum(type => type!["loaded"]!.GetValue<long>());
}
