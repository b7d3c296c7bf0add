using System.Text.Json.Nodes;

namespace Anonymizer.DifferentialPrivacy.Queries;

/// <summary>What leaves: noisy numbers with their intervals, by group, and what they were charged.</summary>
/// <param name="Groups">In the order of declared values, or of their keys where these are private.</param>
/// <param name="Charged">The charge, as the preview showed it.</param>
/// <param name="Epsilon">The question's own ε, for people.</param>
public sealed record Answer(IReadOnlyList<AnswerGroup> Groups, PrivacyLoss Charged, Rational Epsilon)
{
    /// <summary><c>groups</c> and <c>charged</c> as FORMATS writes them. A host adds what remains and the receipt.</summary>
    public JsonObject ToJson() => new()
    {
        ["groups"] = new JsonArray([.. Groups.Select(group => group.ToJson())]),
        ["charged"] = ChargedToJson(Charged, Epsilon),
    };

    internal static JsonObject ChargedToJson(PrivacyLoss charged, Rational epsilon) => new()
    {
        ["rho"] = $"{charged.Rho}",
        ["delta"] = $"{charged.Delta}",
        ["epsilon"] = Json(epsilon),
    };

    internal static JsonNode Json(Rational value) => JsonNode.Parse(value.ToString())!;
}

/// <summary>One group's cells, in the order of the question's measures.</summary>
/// <param name="Key">Attribute and value, one for each of <c>groupBy</c>.</param>
/// <param name="Cells">By name of measure; empty where the group is suppressed.</param>
/// <param name="Suppressed">Whether the noisy count was below the floor. A suppressed group looks the same whatever is under it.</param>
public sealed record AnswerGroup(IReadOnlyList<KeyValuePair<string, string>> Key, IReadOnlyList<KeyValuePair<string, AnswerCell>> Cells, bool Suppressed)
{
    internal JsonObject ToJson()
    {
        var json = new JsonObject { ["key"] = new JsonObject(Key.Select(part => KeyValuePair.Create<string, JsonNode?>(part.Key, part.Value))) };
        if (Suppressed)
        {
            json["suppressed"] = true;
        }

        foreach (var (name, cell) in Cells)
        {
            json[name] = cell.ToJson();
        }

        return json;
    }
}

/// <summary>A <see cref="NumberCell"/> or a <see cref="HistogramCell"/>.</summary>
public abstract record AnswerCell
{
    private protected AnswerCell()
    {
    }

    internal abstract JsonObject ToJson();
}

/// <summary>A released number.</summary>
/// <param name="Value">On a grid that does not depend on the data.</param>
/// <param name="Low">Lower end of the interval that covers the clamped, bounded value with a chance of at least 95 %.</param>
/// <param name="High">Upper end of it.</param>
public sealed record NumberCell(Rational Value, Rational Low, Rational High) : AnswerCell
{
    internal override JsonObject ToJson() => new()
    {
        ["value"] = Answer.Json(Value),
        ["interval95"] = new JsonArray(Answer.Json(Low), Answer.Json(High)),
    };
}

/// <summary>The bins of a histogram in order; a bin without a cell was below the floor.</summary>
/// <param name="Bins">Each with its label: its category, or its edges.</param>
public sealed record HistogramCell(IReadOnlyList<(JsonObject Label, NumberCell? Cell)> Bins) : AnswerCell
{
    internal override JsonObject ToJson() => new()
    {
        ["bins"] = new JsonArray([.. Bins.Select(bin =>
        {
            var json = (JsonObject)bin.Label.DeepClone();
            foreach (var (name, value) in bin.Cell?.ToJson() ?? new JsonObject { ["suppressed"] = true })
            {
                json[name] = value?.DeepClone();
            }

            return json;
        })]),
    };
}
