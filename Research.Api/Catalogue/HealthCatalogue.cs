using System.Text.Json.Nodes;
using Research.Api.Payments;
using Research.Api.Silos;
using Silos.Protocol;

namespace Research.Api.Catalogue;

/// <summary>The catalogue as HealthDCAT-AP (JSON-LD): each silo's own entries, taken over as they are, with this marketplace's price.</summary>
internal sealed class HealthCatalogue(CatalogueStore catalogue, SiloDirectory silos, PaymentOptions prices)
{
    public const string MediaType = "application/ld+json";

    /// <summary>A <c>dcat:Catalog</c> of every entry that its silo gives just now.</summary>
    public async Task<JsonObject> ReadAsync(CancellationToken cancel)
    {
        var entries = new List<JsonObject>();
        foreach (var item in (await catalogue.ReadAsync(cancel)).Datasets)
        {
            if (await EntryAsync(item.Silo, item.Dataset, cancel) is { } entry)
            {
                entries.Add(entry);
            }
        }

        var context = entries.FirstOrDefault()?["@context"]?.DeepClone() ?? new JsonObject { ["dcat"] = "http://www.w3.org/ns/dcat#", ["dct"] = "http://purl.org/dc/terms/" };
        foreach (var entry in entries)
        {
            entry.Remove("@context");
        }

        return new JsonObject
        {
            ["@context"] = context,
            ["@type"] = "dcat:Catalog",
            ["dct:title"] = new JsonObject { ["@value"] = "ResearchHub", ["@language"] = "en" },
            ["dct:description"] = new JsonObject { ["@value"] = "Health datasets that are asked where they are: records never leave the hospital.", ["@language"] = "en" },
            ["dcat:dataset"] = new JsonArray([.. entries]),
        };
    }

    /// <summary>One entry, or null where no reachable silo offers it.</summary>
    public async Task<JsonObject?> EntryAsync(string register, string dataset, CancellationToken cancel)
    {
        if (!global::Silos.Ledger.Records.Hash32.TryParse(register, out var id) || await silos.FindAsync(id, cancel) is not { } silo)
        {
            return null;
        }

        try
        {
            var answer = await silo.SendAsync(HttpMethod.Get, $"{SiloRoutes.Datasets}/{Uri.EscapeDataString(dataset)}/health-dcat", null, cancel);
            return answer.Status == StatusCodes.Status200OK && JsonNode.Parse(answer.Body) is JsonObject entry ? Priced(entry) : null;
        }
        catch (Exception bad) when (bad is SiloUnreachableException or System.Text.Json.JsonException)
        {
            return null;
        }
    }

    private JsonObject Priced(JsonObject entry)
    {
        entry["schema:offers"] = new JsonObject
        {
            ["@type"] = "schema:Offer",
            ["schema:description"] = prices.AnythingToPay
                ? $"{new Money(prices.ReviewFee, prices.Currency)} to handle an application, {new Money(prices.DatasetFee, prices.Currency)} to prepare this dataset; no price depends on an answer"
                : "Nothing is to be paid",
        };
        return entry;
    }
}
