using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Anonymizer.DifferentialPrivacy.Queries;
using Silos.Ingestion.Definitions;
using Silos.Ledger.Records;

namespace Silos.Ingestion.Cohorts;

/// <summary>A question whose <c>where</c> may hold rules on a patient's dated events beside conditions on her row: a rule that names an
/// <c>event</c> is decided here, every other by the Anonymizer. Each patient is in or out by her own history alone, so the rules change
/// neither sensitivity nor charge.</summary>
/// <param name="Query">The question without its rules on events.</param>
/// <param name="Events">The rules on events, in canonical order; perhaps none.</param>
public sealed record CohortQuery(Query Query, Cohort Events)
{
    /// <summary>Reads a question of FORMATS.md.</summary>
    /// <exception cref="InputException">Something in it cannot be taken; depends on question and definition alone.</exception>
    public static CohortQuery Parse(JsonElement ask, Schema schema, DatasetDefinition definition)
    {
        if (ask.ValueKind != JsonValueKind.Object || !ask.TryGetProperty("where", out var where) || where.ValueKind != JsonValueKind.Array || !where.EnumerateArray().Any(IsOnEvents))
        {
            return new CohortQuery(Query.Parse(ask, schema), new Cohort([]));
        }

        var rules = where.EnumerateArray().ToList();
        var question = JsonObject.Create(ask)!;
        question["where"] = new JsonArray([.. rules.Where(rule => !IsOnEvents(rule)).Select(rule => JsonNode.Parse(rule.GetRawText()))]);
        var query = Query.Parse(JsonSerializer.SerializeToElement(question), schema);
        return new CohortQuery(query, EventRules(rules, definition));
    }

    /// <summary>The question in RFC 8785 bytes: the same for every way of writing it. Without rules on events, the Anonymizer's own.</summary>
    public byte[] Canonical()
    {
        if (Events.Rules.Count == 0)
        {
            return Query.Canonical();
        }

        var question = (JsonObject)JsonNode.Parse(Query.Canonical())!;
        var where = question["where"] as JsonArray ?? [];
        question["where"] = new JsonArray([.. where.Select(one => one!.DeepClone()), .. JsonNode.Parse(CohortJson.CanonicalBytes(Events))!.AsArray().Select(one => one!.DeepClone())]);
        return CanonicalJson.Bytes(question);
    }

    /// <summary>The whole cohort, with conditions on rows and rules on events, for its hash, words and warnings; null where a condition
    /// has a form that only the Anonymizer knows.</summary>
    public Cohort? Cohort(DatasetDefinition definition)
    {
        var where = (JsonNode.Parse(Canonical())!["where"] as JsonArray) ?? [];
        return CohortJson.Read(Encoding.UTF8.GetBytes(where.ToJsonString()), definition, out _);
    }

    /// <summary>Leaves those in the cohort whose histories satisfy the rules on events.</summary>
    /// <param name="histories">A patient's events, in the order of <paramref name="inCohort"/>.</param>
    public void Narrow(bool[] inCohort, DatasetDefinition definition, IReadOnlyList<PatientRow> histories)
    {
        if (Events.Rules.Count == 0)
        {
            return;
        }

        var chosen = SelectCohort.Of(Events, definition, histories);
        for (var row = 0; row < inCohort.Length; row++)
        {
            inCohort[row] &= chosen[row];
        }
    }

    /// <summary>Reads the rules on events; a fault names the place that the rule has in the question.</summary>
    private static Cohort EventRules(List<JsonElement> rules, DatasetDefinition definition)
    {
        var read = new List<CohortRule>();
        for (var place = 0; place < rules.Count; place++)
        {
            if (!IsOnEvents(rules[place]))
            {
                continue;
            }

            var one = CohortJson.Read(Encoding.UTF8.GetBytes($"[{rules[place].GetRawText()}]"), definition, out var faults);
            if (one is null)
            {
                throw new InputException(faults[0].Field.Replace("where[0]", $"where[{place}]", StringComparison.Ordinal), rules[place].GetRawText(), faults[0].Message);
            }

            read.AddRange(one.Rules);
        }

        return CohortJson.Of(read);
    }

    private static bool IsOnEvents(JsonElement rule)
    {
        while (rule.ValueKind == JsonValueKind.Object && rule.TryGetProperty("not", out var inner))
        {
            rule = inner;
        }

        return rule.ValueKind == JsonValueKind.Object && rule.TryGetProperty("event", out _);
    }
}
