using System.Globalization;
using System.Text.Json.Nodes;
using Silos.Ingestion.Definitions;

namespace Silos.Ingestion.Catalogue;

/// <summary>What a catalogue entry says beyond the definition.</summary>
/// <param name="Uri">The dataset's address.</param>
/// <param name="Language">BCP 47, of title and description.</param>
/// <param name="Patients">Exact number; it is rounded here and never written.</param>
/// <param name="Records">Exact number of records behind the rows; rounded likewise.</param>
/// <param name="CodingSystems">URIs of the code systems used.</param>
/// <param name="Price">As people read it: <c>BRL 450.00 a permit</c>.</param>
/// <param name="BudgetLeft">Privacy budget left, in words: how much can still be asked, not a count of anything.</param>
public sealed record CatalogueFacts(
    Uri Uri, string Language, string Publisher, string ContactEmail, Uri AccessUrl, string HealthDataAccessBody, long Patients, long Records, string PopulationCoverage,
    IReadOnlyList<Uri> CodingSystems, string Price, string BudgetLeft);

/// <summary>A dataset's catalogue entry as HealthDCAT-AP (JSON-LD, an extension of DCAT-AP 3 for Regulation (EU) 2025/327).</summary>
/// <remarks>Sizes and ages are rounded, as exact ones are disclosures. The official shapes could not be had for this build: the
/// mandatory properties are those of <see cref="Mandatory"/>, which a test holds every entry to.</remarks>
public static class HealthDcat
{
    private static readonly string[] Vocabularies =
    [
        "dcat http://www.w3.org/ns/dcat#", "dct http://purl.org/dc/terms/", "foaf http://xmlns.com/foaf/0.1/", "vcard http://www.w3.org/2006/vcard/ns#",
        "dcatap http://data.europa.eu/r5r/", "healthdcatap http://healthdataportal.eu/ns/health#", "dpv https://w3id.org/dpv#", "odrl http://www.w3.org/ns/odrl/2/",
        "duo http://purl.obolibrary.org/obo/DUO_", "xsd http://www.w3.org/2001/XMLSchema#", "schema https://schema.org/",
    ];

    /// <summary>The properties that every entry has.</summary>
    public static IReadOnlyList<string> Mandatory { get; } =
    [
        "dct:title", "dct:description", "dct:identifier", "dct:publisher", "dcat:contactPoint", "dct:accessRights", "dcat:theme", "dct:type", "dct:provenance",
        "dcatap:applicableLegislation", "healthdcatap:healthCategory", "healthdcatap:hdab", "dcat:distribution",
    ];

    /// <summary>Under 100 people the number is not said; from there it is rounded to two leading digits.</summary>
    public static long? Rounded(long count)
    {
        if (count < 100)
        {
            return null;
        }

        var unit = 1L;
        while (count / unit >= 100)
        {
            unit *= 10;
        }

        return (count + (unit / 2)) / unit * unit;
    }

    public static JsonObject Entry(DatasetDefinition definition, CatalogueFacts facts)
    {
        var entry = new JsonObject
        {
            ["@context"] = new JsonObject(Vocabularies.Select(line => line.Split(' ')).Select(pair => KeyValuePair.Create(pair[0], (JsonNode?)pair[1]))),
            ["@id"] = facts.Uri.ToString(),
            ["@type"] = "dcat:Dataset",
            ["dct:title"] = Text(definition.Title, facts.Language),
            ["dct:description"] = Text(definition.Description.Length > 0 ? definition.Description : definition.Title, facts.Language),
            ["dct:identifier"] = facts.Uri.ToString(),
            ["dct:publisher"] = new JsonObject { ["@type"] = "foaf:Agent", ["foaf:name"] = facts.Publisher },
            ["dcat:contactPoint"] = new JsonObject { ["@type"] = "vcard:Kind", ["vcard:hasEmail"] = Id($"mailto:{facts.ContactEmail}") },
            ["dct:accessRights"] = Id("http://publications.europa.eu/resource/authority/access-right/NON_PUBLIC"),
            ["dcat:theme"] = Id("http://publications.europa.eu/resource/authority/data-theme/HEAL"),
            ["dct:type"] = Id("http://publications.europa.eu/resource/authority/dataset-type/PERSONAL_DATA"),
            ["dct:provenance"] = new JsonObject { ["@type"] = "dct:ProvenanceStatement", ["dct:description"] = Text($"Records of {facts.Publisher}, one row a patient", facts.Language) },
            ["dcatap:applicableLegislation"] = Id("http://data.europa.eu/eli/reg/2025/327/oj"),
            ["healthdcatap:healthCategory"] = Id("http://healthdataportal.eu/ns/health#EHRS"),
            ["healthdcatap:hdab"] = new JsonObject { ["@type"] = "foaf:Agent", ["foaf:name"] = facts.HealthDataAccessBody },
            ["healthdcatap:hasCodingSystem"] = new JsonArray([.. facts.CodingSystems.Select(system => (JsonNode)Id(system.ToString()))]),
            ["healthdcatap:populationCoverage"] = Text(facts.PopulationCoverage, facts.Language),
            ["dpv:hasPurpose"] = Id("https://w3id.org/dpv#ResearchAndDevelopment"),
            ["odrl:hasPolicy"] = Policy(definition),
            ["dcat:distribution"] = new JsonObject { ["@type"] = "dcat:Distribution", ["dcat:accessURL"] = Id(facts.AccessUrl.ToString()), ["dct:description"] = Text($"{facts.Price}. Privacy budget: {facts.BudgetLeft}.", facts.Language) },
        };
        Count(entry, "healthdcatap:numberOfUniqueIndividuals", facts.Patients);
        Count(entry, "healthdcatap:numberOfRecords", facts.Records);
        if (definition.Attributes.FirstOrDefault(attribute => attribute.From.Take == Take.Age) is { Lower: { } least, Upper: { } most })
        {
            entry["healthdcatap:minTypicalAge"] = Number((long)least);
            entry["healthdcatap:maxTypicalAge"] = Number((long)most);
        }

        return entry;
    }

    private static JsonObject Policy(DatasetDefinition definition) => new()
    {
        ["@type"] = "odrl:Offer",
        ["odrl:permission"] = new JsonArray([.. definition.Policy.Uses.Select(use => (JsonNode)new JsonObject
        {
            ["odrl:action"] = Id("odrl:use"),
            ["odrl:constraint"] = new JsonObject { ["odrl:leftOperand"] = Id("odrl:purpose"), ["odrl:operator"] = Id("odrl:isA"), ["odrl:rightOperand"] = Id($"duo:{use[4..]}") },
        })]),
    };

    private static void Count(JsonObject entry, string property, long exact)
    {
        if (Rounded(exact) is { } rounded)
        {
            entry[property] = Number(rounded);
        }
    }

    private static JsonObject Number(long value) => new() { ["@value"] = value.ToString(CultureInfo.InvariantCulture), ["@type"] = "xsd:nonNegativeInteger" };

    private static JsonObject Text(string value, string language) => new() { ["@value"] = value, ["@language"] = language };

    private static JsonObject Id(string id) => new() { ["@id"] = id };
}
