using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Research.Api.Protocol;
using Research.Api.Tests.Running;
using Xunit;

namespace Research.Api.Tests.Catalogue;

[Collection("hub")]
public sealed class HealthCatalogueTests(HubFixture hub)
{
    /// <summary>Goal: the catalogue is offered as HealthDCAT-AP to those who ask for JSON-LD (R1). Method: the route of its own, and the common
    /// one with an Accept header; both hold the silos' own entries, one context, and the hub's price; without the header it is JSON as ever.</summary>
    [Fact]
    public async Task The_catalogue_is_offered_as_JSON_LD()
    {
        using var anybody = hub.Anybody();
        using var asked = new HttpRequestMessage(HttpMethod.Get, HubRoutes.Catalogue) { Headers = { Accept = { new MediaTypeWithQualityHeaderValue("application/ld+json") } } };
        using var negotiated = await anybody.SendAsync(asked);
        using var plain = await anybody.GetAsync(new Uri(HubRoutes.HealthCatalogue, UriKind.Relative));
        Assert.All([negotiated, plain], answer => Assert.Equal("application/ld+json", answer.Content.Headers.ContentType!.MediaType));

        var catalogue = JsonNode.Parse(await plain.Content.ReadAsStringAsync())!;
        Assert.Equal(catalogue.ToJsonString(), JsonNode.Parse(await negotiated.Content.ReadAsStringAsync())!.ToJsonString());
        Assert.Equal("dcat:Catalog", catalogue["@type"]!.GetValue<string>());
        Assert.Equal(2, catalogue["dcat:dataset"]!.AsArray().Count);
        Assert.All(catalogue["dcat:dataset"]!.AsArray(), entry => Assert.NotNull(entry!["schema:offers"]));
        Assert.All(catalogue["dcat:dataset"]!.AsArray(), entry => Assert.Null(entry!["@context"]));
        using var json = await anybody.GetAsync(new Uri(HubRoutes.Catalogue, UriKind.Relative));
        Assert.Equal(2, (await json.Content.ReadFromJsonAsync<CatalogueView>())!.Datasets.Count);
        using var unknown = await anybody.GetAsync(new Uri($"{HubRoutes.Catalogue}/nobody/cohort/health-dcat", UriKind.Relative));
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        using var one = await anybody.GetAsync(new Uri($"{HubRoutes.Catalogue}/{hub.First.Register}/cohort/health-dcat", UriKind.Relative));
        Assert.Equal("Cohort of North Hospital", JsonNode.Parse(await one.Content.ReadAsStringAsync())!["dct:title"]!.GetValue<string>());
    }

    /// <summary>Goal: a trial goes to the silo's synthetic rows and nowhere else (R4). Method: a researcher's trial arrives at that route, byte
    /// for byte both ways, without a permit; a member of the board may not.</summary>
    [Fact]
    public async Task A_trial_is_relayed_without_a_permit()
    {
        var route = new Uri($"{HubRoutes.Catalogue}/{hub.First.Register}/cohort/trial", UriKind.Relative);
        var trial = new TrialSubmission(JsonDocument.Parse("""{"measures":[{"kind":"count"}]}""").RootElement);
        using var answer = await hub.Of(Role.Researcher).Http.PostAsJsonAsync(route, trial);
        Assert.Equal(hub.First.Answer.Body, await answer.Content.ReadAsStringAsync());
        Assert.Contains(hub.First.Received, one => one.Route == "POST /datasets/cohort/trial" && one.Body.Contains("count", StringComparison.Ordinal));
    }

    /// <summary>Goal: feasibility goes through the same gate as a question (R2). Method: under no permit it is refused, and never reaches the silo.</summary>
    [Fact]
    public async Task Feasibility_needs_a_permit()
    {
        var signed = JsonSerializer.SerializeToElement(new { body = new { permit = global::Silos.Ledger.Records.Hash32.Random().ToString(), silo = hub.First.Register.ToString(), dataset = "cohort", nonce = "n" } });
        using var refused = await hub.Of(Role.Researcher).Http.PostAsJsonAsync(new Uri(HubRoutes.Feasibility, UriKind.Relative), new QueryRelay(signed, JsonDocument.Parse("""{"measures":[{"kind":"count"}]}""").RootElement));
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.Equal("unknown-permit", await Person.CodeOf(refused));
        Assert.DoesNotContain(hub.First.Received, one => one.Route == "POST /feasibility");
    }
}
