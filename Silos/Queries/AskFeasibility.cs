using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Silos.Protocol;

namespace Silos.Queries;

/// <summary>Feasibility: how many patients a study could count on. A question like any other, under a permit and entered in the log, but
/// held to one count and a small loss, and its answer labelled so that nobody takes it for exact.</summary>
public static class AskFeasibility
{
    /// <summary>The greatest ε of a feasibility question.</summary>
    public const decimal MostEpsilon = 0.1m;

    /// <summary>Null where the question is one count, of everybody in the cohort, at a loss of at most <see cref="MostEpsilon"/>.</summary>
    public static Refusal? Refusal(JsonElement query)
    {
        if (query.ValueKind != JsonValueKind.Object
            || !query.TryGetProperty("measures", out var measures) || measures.ValueKind != JsonValueKind.Array || measures.GetArrayLength() != 1
            || measures[0].ValueKind != JsonValueKind.Object || !measures[0].TryGetProperty("kind", out var kind) || kind.ValueKind != JsonValueKind.String || kind.GetString() != "count"
            || (query.TryGetProperty("groupBy", out var groups) && groups.ValueKind == JsonValueKind.Array && groups.GetArrayLength() > 0))
        {
            return new Refusal(RefusalCode.BadQuery, "measures: feasibility is one count without groups; ask anything else as a query");
        }

        return query.TryGetProperty("loss", out var loss) && loss.ValueKind == JsonValueKind.Object && loss.TryGetProperty("epsilon", out var epsilon)
            && epsilon.ValueKind == JsonValueKind.Number && epsilon.TryGetDecimal(out var asked) && asked <= MostEpsilon
            ? null
            : new Refusal(RefusalCode.BadQuery, $"loss.epsilon: feasibility costs at most {MostEpsilon.ToString(CultureInfo.InvariantCulture)}; ask anything else as a query");
    }

    /// <summary>The answer as it was released, and beside it what it means.</summary>
    public static byte[] Label(byte[] answer)
    {
        var released = JsonNode.Parse(answer)!;
        var count = released["groups"]?.AsArray().FirstOrDefault()?["count"];
        var label = new JsonObject
        {
            ["granularity"] = "record",
            ["precision"] = "noisy",
            ["consent"] = "applied",
            ["sentence"] = Sentence(count, released["charged"]?["epsilon"]),
            ["count"] = count?.DeepClone(),
            ["charged"] = released["charged"]?.DeepClone(),
        };
        return JsonSerializer.SerializeToUtf8Bytes(new JsonObject { ["feasibility"] = label, ["answer"] = released });
    }

    private static string Sentence(JsonNode? count, JsonNode? epsilon)
    {
        var cost = epsilon is null ? "" : $" Asking cost ε {epsilon.ToJsonString()}.";
        return count?["interval95"] is JsonArray { Count: 2 } interval
            ? $"About {count["value"]!.ToJsonString()} patients who permit this use, and with 95 % certainty {interval[0]!.ToJsonString()} to {interval[1]!.ToJsonString()}: noise was added.{cost}"
            : $"Too few patients who permit this use to say how many.{cost}";
    }
}
