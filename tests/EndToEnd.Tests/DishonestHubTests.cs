using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dapper;
using Microsoft.Data.Sqlite;
using Research.Api.Protocol;
using Silos.Ledger.Chain;
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

    /// <summary>Goal: a hub with full rights over its database can neither raise a cap nor have files sealed to itself: the board signed other bytes. Method: deliver the permit with five times the cap and with the hub's own key for files, and let the researcher even sign under it; then try to raise the register's limit from the hub's account.</summary>
    [Fact]
    public async Task A_hub_that_alters_a_permit_or_a_limit_has_none()
    {
        var permit = await running.PermitAsync();
        var view = await running.Researcher.Hub.GetAsync<PermitView>($"{HubRoutes.Permits}/{permit}");
        var document = CanonicalJson.Read<Permit>(JsonNode.Parse(view.Permit.GetRawText())!);
        Permit[] altered =
        [
            document with { Caps = [new PermitCap(running.Hospital.Register, "499000000", "0", 12)] },
            document with { People = [new PermitPerson(running.Researcher.Key.Id, running.Stack.Founders.Hub.Public.Jwk)] },
        ];
        var canonical = (await running.Researcher.PreviewAsync(running.Dataset.Silo, running.Dataset.Dataset, RunningStack.Count)).GetProperty("canonical").GetString()!;
        using var silo = running.Stack.AsHub(1);
        foreach (var other in altered)
        {
            using var delivered = await silo.PutAsJsonAsync(new Uri($"{SiloRoutes.Permits}/{other.Id()}", UriKind.Relative), CanonicalJson.ToJson(other), TestContext.Current.CancellationToken);
            delivered.EnsureSuccessStatusCode();
            var signed = running.Researcher.Sign(other.Id().ToString(), running.Dataset.Silo, running.Dataset.Dataset, canonical);
            Assert.Equal(RefusalCode.PermitNotActive, await RefusalAsync(signed, RunningStack.Count));
        }

        var accounts = await Deployer.AccountsAsync(running.Stack.Chain.Rpc);
        using var chain = new ChainClient(running.Stack.Chain.Rpc, running.Stack.Deployment, accounts[Founders.Hospitals.Count + 1]);
        var raised = await chain.ChangeLimitAsync(new Limit(running.Hospital.Register, new Amount(5_000_000_000, 0, 100)), TestContext.Current.CancellationToken);
        Assert.Equal("BudgetsNotApproved", raised.Refusal?.Error);
    }

    /// <summary>Goal: a hub that alters an entry of its own log can show it to nobody. Method: with rights over its database, write another body under a final entry and ask for its proof; put it back and ask again.</summary>
    [Fact]
    public async Task An_entry_that_the_hub_alters_has_no_proof()
    {
        await running.PermitAsync();
        using var hub = new HttpClient { BaseAddress = running.Stack.HubUrl };
        async Task<bool> IsShownAsync() => (await hub.GetAsync(new Uri($"{HubRoutes.LedgerProof}/0", UriKind.Relative), TestContext.Current.CancellationToken)).IsSuccessStatusCode;
        Assert.True(await IsShownAsync());

        await using var database = new SqliteConnection($"Data Source={running.Options.In("hub", "hub.db")};Default Timeout=30");
        var body = await database.QuerySingleAsync<string>("SELECT body FROM log_entries WHERE seq = 0");
        await database.ExecuteAsync("UPDATE log_entries SET body = @altered WHERE seq = 0", new { altered = body.Replace("20", "19", StringComparison.Ordinal) });
        Assert.False(await IsShownAsync());

        await database.ExecuteAsync("UPDATE log_entries SET body = @body WHERE seq = 0", new { body });
        Assert.True(await IsShownAsync());
    }

    /// <returns>The refusal's code, or null when the silo answered.</returns>
    private async Task<string?> RefusalAsync(SignedRecord signed, string query)
    {
        using var silo = running.Stack.AsHub(1);
        var submission = new QuerySubmission(JsonSerializer.SerializeToElement(signed, CanonicalJson.Options), JsonDocument.Parse(query).RootElement);
        using var response = await silo.PostAsJsonAsync(new Uri(SiloRoutes.Queries, UriKind.Relative), submission, CanonicalJson.Options);
        return new Answered(response.StatusCode, await response.Content.ReadAsStringAsync()).Code;
    }
}
