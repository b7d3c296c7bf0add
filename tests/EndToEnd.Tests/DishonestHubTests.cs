using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Silos.Ledger.Records;
using Silos.Protocol;
using Story;
using Xunit;

namespace EndToEnd.Tests;

/// <summary>A hub that lies to a hospital's silo gets nothing.</summary>
public class DishonestHubTests(RunningStack running) : IClassFixture<RunningStack>
{
    /// <summary>Goal: a hub can neither forge, nor alter, nor replay a question, and each try is entered. Method: with everything that the hub sees, ask the silo under a key of the hub's own, with another query, and twice.</summary>
    [Fact]
    public async Task A_hub_that_forges_alters_or_replays_a_question_is_refused()
    {
        var permit = await running.PermitAsync();
        var preview = await running.Researcher.PreviewAsync(running.Dataset.Silo, running.Dataset.Dataset, RunningStack.Count);
        var canonical = preview.GetProperty("canonical").GetString()!;
        var signed = running.Researcher.Sign(permit, running.Dataset.Silo, running.Dataset.Dataset, canonical);

        var forged = SignedRecord.Sign(CanonicalJson.Read<SignedQuery>(signed.Body) with { Nonce = Nonce.New() }, running.Stack.Founders.Hub);
        Assert.Equal(RefusalCode.NotPermitted, await RefusalAsync(forged, RunningStack.Count));

        Assert.Equal(RefusalCode.BadSignature, await RefusalAsync(signed, RunningStack.Count.Replace("18", "19", StringComparison.Ordinal)));
        var body = JsonNode.Parse(signed.Body.ToJsonString())!.AsObject();
        body["fresh"] = true;
        Assert.Equal(RefusalCode.BadSignature, await RefusalAsync(signed with { Body = body }, RunningStack.Count));

        Assert.Null(await RefusalAsync(signed, RunningStack.Count));
        Assert.Equal(RefusalCode.ReplayedNonce, await RefusalAsync(signed, RunningStack.Count));
        Assert.Equal(6641525UL, await running.SpentAsync(permit));
    }

    /// <returns>The refusal's code, or null when the silo answered.</returns>
    private async Task<string?> RefusalAsync(SignedRecord signed, string query)
    {
        using var silo = new HttpClient { BaseAddress = running.Stack.SiloUrl(1) };
        var submission = new QuerySubmission(JsonSerializer.SerializeToElement(signed, CanonicalJson.Options), JsonDocument.Parse(query).RootElement);
        using var response = await silo.PostAsJsonAsync(new Uri(SiloRoutes.Queries, UriKind.Relative), submission, CanonicalJson.Options);
        return new Answered(response.StatusCode, await response.Content.ReadAsStringAsync()).Code;
    }
}
