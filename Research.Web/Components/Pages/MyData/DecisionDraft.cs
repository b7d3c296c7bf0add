using System.Globalization;
using System.Text.Json.Nodes;
using Research.Api.Protocol;
using Research.Web.Languages;

namespace Research.Web.Components.Pages.MyData;

/// <summary>One question of the decision: the field's name, and the answers that it offers, the safest first.</summary>
public sealed record DecisionStep(string Name, IReadOnlyList<string> Choices);

/// <summary>What a patient has chosen so far. It travels with the forms, so that nothing about her stands in an address or is kept here.</summary>
public sealed record DecisionDraft(IReadOnlyDictionary<string, string> Chosen)
{
    public static IReadOnlyList<DecisionStep> Steps { get; } =
    [
        new("purpose", ["health", "general"]),
        new("who", ["non-profit", "anybody"]),
        new("output", ["statistics", "both"]),
        new("time", ["one-year", "five-years", "open"]),
    ];

    /// <summary>The safest answer to every question.</summary>
    public static DecisionDraft Start { get; } = new(Steps.ToDictionary(step => step.Name, step => step.Choices[0]));

    /// <summary>What a form brings; an answer that was not offered counts as the safest.</summary>
    public static DecisionDraft From(IFormCollection typed) =>
        new(Steps.ToDictionary(step => step.Name, step => step.Choices.Contains(typed[step.Name].ToString()) ? typed[step.Name].ToString() : step.Choices[0]));

    public string Of(string step) => Chosen[step];

    /// <summary>The other answers, for hidden fields.</summary>
    public IEnumerable<KeyValuePair<string, string>> Hidden(string? shown = null) => Chosen.Where(answer => answer.Key != shown);

    /// <summary>The directive to sign; the browser draws the nonce.</summary>
    internal JsonObject Body(Research.Api.Protocol.MyData mine, MyHospital hospital, int sequence, string decision, DateTimeOffset now, Texts texts)
    {
        var body = Directives.Body(mine, hospital, sequence, decision, now, texts);
        body["purposes"] = new JsonArray(Of("purpose") == "health" ? "DUO:0000006" : "DUO:0000042");
        body["users"] = Of("who") == "non-profit" ? new JsonArray("non-profit") : new JsonArray("non-profit", "for-profit");
        body["outputs"] = Of("output") == "statistics" ? new JsonArray("statistics") : new JsonArray("statistics", "file");
        if (Of("time") != "open")
        {
            body["notAfter"] = now.AddYears(Of("time") == "one-year" ? 1 : 5).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        }

        return body;
    }
}
