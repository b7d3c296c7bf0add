using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Research.Api.Protocol;
using Research.Web.Components.Parts;
using Research.Web.Hub;

namespace Research.Web.Components.Pages.Queries;

/// <summary>One step of a cohort: its first rules together, what counting them would cost, and the count where it was asked for.</summary>
/// <param name="Rules">How many of the rules hold here; 0 for everybody.</param>
/// <param name="Query">The feasibility question as JSON.</param>
/// <param name="Preview">The hospital's preview of it.</param>
/// <param name="Counted">The hospital's labelled answer, as it came.</param>
public sealed record CohortStep(int Rules, string Query, JsonElement Preview, string? Counted)
{
    public decimal Epsilon => Preview.Member("charged")?.Member("epsilon") is { ValueKind: JsonValueKind.Number } epsilon ? epsilon.GetDecimal() : 0;

    /// <summary>The count and its 95 % interval; null before it was asked, and where too few are there to say.</summary>
    public (decimal Value, decimal Low, decimal High)? Count =>
        Label?.Member("count") is { ValueKind: JsonValueKind.Object } count && count.Items("interval95").ToList() is [var low, var high] && count.Member("value") is { } value
            ? (value.GetDecimal(), low.GetDecimal(), high.GetDecimal())
            : null;

    public JsonElement? Label => Counted is null ? null : ReadSigned.Read(Counted)?.Member("feasibility");
}

/// <summary>How many patients are left after each rule. Each count is a question of its own: small, signed and charged.</summary>
internal static class CohortSteps
{
    /// <summary>ε of one count, at δ 1e-6: a tenth of a usual question's, which the hospital allows for feasibility.</summary>
    public const string Epsilon = "0.05";

    private const string CountedField = "counted.";

    /// <summary>Prices every step, which costs nothing.</summary>
    public static async Task<(IReadOnlyList<CohortStep> Steps, HubProblem? Problem)> PriceAsync(HubClient hub, PermitView permit, CatalogueItem dataset, QueryDraft draft, IFormCollection typed)
    {
        var where = draft.Where();
        List<CohortStep> steps = [];
        for (var rules = 0; rules <= where.Count; rules++)
        {
            var query = Question(where, rules);
            var (preview, problem) = await AskSteps.PreviewAsync(hub, permit, dataset, query);
            if (preview is not { } priced)
            {
                return (steps, problem);
            }

            var kept = typed[CountedField + rules.ToString(CultureInfo.InvariantCulture)].ToString();
            steps.Add(new CohortStep(rules, query, priced, kept.Length > 0 ? kept : null));
        }

        return (steps, null);
    }

    /// <summary>Asks for one step's count.</summary>
    public static async Task<(string Answer, HubProblem? Problem)> CountAsync(HubClient hub, HttpRequest request, CohortStep step)
    {
        if (await ReadSigned.FromAsync(request) is not { } signed)
        {
            return ("", ReadSigned.Missing);
        }

        var delegation = ReadSigned.Read(request.Form["delegation"].ToString());
        var said = await hub.PostAsync<string>(HubRoutes.Feasibility, new QueryRelay(signed, JsonSerializer.Deserialize<JsonElement>(step.Query), delegation));
        return (said.Value ?? "", said.Problem);
    }

    /// <summary>The counts that are known, for the next form.</summary>
    public static IEnumerable<(string Name, string Value)> Kept(IEnumerable<CohortStep> steps) =>
        steps.Where(step => step.Counted is not null).Select(step => (CountedField + step.Rules.ToString(CultureInfo.InvariantCulture), step.Counted!));

    private static string Question(JsonArray where, int rules)
    {
        var query = new JsonObject();
        if (rules > 0)
        {
            query["where"] = new JsonArray([.. where.Take(rules).Select(rule => rule!.DeepClone())]);
        }

        query["measures"] = new JsonArray(new JsonObject { ["kind"] = "count" });
        query["loss"] = new JsonObject { ["epsilon"] = JsonNode.Parse(Epsilon), ["delta"] = JsonNode.Parse("1e-6") };
        return query.ToJsonString();
    }
}
