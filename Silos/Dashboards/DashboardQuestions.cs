using System.Text.Json;
using System.Text.Json.Nodes;
using Anonymizer.DifferentialPrivacy.Queries;

namespace Silos.Dashboards;

/// <summary>The three questions of a refresh: ordinary queries of FORMATS.md, so that they are priced, admitted, charged and logged as any other. Pure.</summary>
public static class DashboardQuestions
{
    /// <summary>Patients by region and age.</summary>
    public const string People = "people";

    /// <summary>Chronic patients by region and age.</summary>
    public const string Chronic = "chronic";

    /// <summary>Cases of the watched illness by region.</summary>
    public const string Signal = "signal";

    /// <summary>By name.</summary>
    public static IReadOnlyDictionary<string, JsonElement> Of(DashboardDefinition definition) => new Dictionary<string, JsonElement>
    {
        [People] = Query(definition, null, byAge: true),
        [Chronic] = Query(definition, definition.Chronic, byAge: true),
        [Signal] = Query(definition, definition.Signal, byAge: false),
    };

    /// <summary>What all three charge, in nano-rho.</summary>
    /// <exception cref="InputException">The dataset cannot answer one of them.</exception>
    public static ulong RhoOf(DashboardDefinition definition, Schema schema) =>
        Of(definition).Values.Aggregate(0UL, (sum, query) => sum + Pricing.Charge(Anonymizer.DifferentialPrivacy.Queries.Query.Parse(query, schema), schema).Rho);

    /// <summary>Standard deviation of the noise in each region's cases: one count with the whole of the question's loss.</summary>
    public static double SignalNoise(DashboardDefinition definition, Schema schema)
    {
        var charge = Pricing.Charge(Anonymizer.DifferentialPrivacy.Queries.Query.Parse(Of(definition)[Signal], schema), schema);
        return Math.Sqrt(1 / (2 * (charge.Rho / 1e9)));
    }

    private static JsonElement Query(DashboardDefinition definition, WatchedCodes? about, bool byAge)
    {
        var measures = new JsonArray(new JsonObject { ["kind"] = "count" });
        if (byAge)
        {
            measures.Add(new JsonObject { ["kind"] = "histogram", ["attribute"] = definition.Age, ["edges"] = new JsonArray([.. definition.Ages.Select(edge => (JsonNode)edge)]) });
        }

        var query = new JsonObject
        {
            ["groupBy"] = new JsonArray(definition.Region),
            ["measures"] = measures,
            ["loss"] = new JsonObject { ["epsilon"] = definition.Epsilon, ["delta"] = definition.Delta },
        };
        if (about is not null)
        {
            query["where"] = new JsonArray(new JsonObject { ["attribute"] = definition.Diagnoses, ["in"] = new JsonArray([.. about.Codes.Select(code => (JsonNode)code)]) });
        }

        return JsonSerializer.SerializeToElement(query);
    }
}
