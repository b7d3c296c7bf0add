using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Research.Api.Protocol;
using Research.Api.Tests.Running;
using Xunit;

namespace Research.Api.Tests.Manners;

[Collection("hub")]
public sealed class FuzzTests(HubFixture hub)
{
    /// <summary>Goal: no request breaks the hub, and every answer is what the document says. Method: seeded requests to every operation, good and bad by turns, 1,000 of them (5,000 in the long form); no 500, every 4xx a problem, every 2xx as its schema.</summary>
    [Fact]
    public async Task No_request_breaks_the_hub_and_every_answer_matches_its_schema()
    {
        hub.Require();
        (hub.First.Answer, hub.Second.Answer) = (FakeSilo.Answered, FakeSilo.Answered);
        var requests = Environment.GetEnvironmentVariable("RESEARCHHUB_LONG") == "1" ? 5000 : 1000;
        const int Seed = 20261121;
        TestContext.Current.TestOutputHelper!.WriteLine($"seed {Seed}, {requests} requests");
        var document = JsonNode.Parse(await hub.Anybody().GetStringAsync(HubRoutes.OpenApi))!;
        var schemas = new Schemas(document, new Random(Seed), await KnownAsync());
        var operations = document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject().Select(operation => (Path: path.Key, Method: operation.Key, Operation: operation.Value!))).ToList();
        string[] people = [.. Role.All, "colleague", "member2"];
        for (var i = 0; i < requests; i++)
        {
            var (path, method, operation) = operations[i % operations.Count];
            using var request = schemas.Request(path, method, operation, bad: i / operations.Count % 3 == 2);
            var http = i % 7 == 6 ? hub.Anybody() : hub.Of(people[schemas.Next(people.Length)]).Http;
            using var answer = await http.SendAsync(request);
            var text = await answer.Content.ReadAsStringAsync();
            var told = $"{method} {request.RequestUri} answered {(int)answer.StatusCode}: {text}";
            Assert.True((int)answer.StatusCode is not 500, $"{told} {string.Join('\n', Errors.Seen)}");
            var described = operation["responses"]![((int)answer.StatusCode).ToString(CultureInfo.InvariantCulture)];
            Assert.True(described is not null, $"{told}: not in the document");
            var type = answer.Content.Headers.ContentType?.MediaType;
            if ((int)answer.StatusCode is >= 400 and < 500)
            {
                Assert.True(type == "application/problem+json", told);
            }

            if (type is not null && described["content"]?[type]?["schema"] is { } schema && type.EndsWith("json", StringComparison.Ordinal))
            {
                Assert.True(schemas.Fault(schema, JsonNode.Parse(text), "$") is null, $"{told}: {schemas.Fault(schema, JsonNode.Parse(text), "$")}");
            }
        }
    }

    /// <summary>Goal: a repeated POST is done once. Method: one key, the same draft twice and another one; then without a key.</summary>
    [Fact]
    public async Task An_idempotency_key_makes_a_post_happen_once()
    {
        hub.Require();
        var key = Guid.NewGuid().ToString();
        async Task<HttpResponseMessage> Post(string title)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, HubRoutes.Applications) { Content = new StringContent($$"""{"title":"{{title}}"}""", Encoding.UTF8, "application/json") };
            request.Headers.Add("Idempotency-Key", key);
            return await hub.Applicant.Http.SendAsync(request);
        }

        var first = await (await Post("one")).Content.ReadAsStringAsync();
        Assert.Equal(first, await (await Post("one")).Content.ReadAsStringAsync());
        Assert.Equal("idempotency-key-reused", await Person.CodeOf(await Post("two")));
    }

    /// <summary>Goal: what a caller has already is not sent again. Method: fetch the catalogue, then again with its entity tag.</summary>
    [Fact]
    public async Task An_entity_tag_saves_the_second_answer()
    {
        var anybody = hub.Anybody();
        var tag = (await anybody.GetAsync(HubRoutes.Catalogue)).Headers.ETag!;
        using var again = new HttpRequestMessage(HttpMethod.Get, HubRoutes.Catalogue);
        again.Headers.IfNoneMatch.Add(tag);
        Assert.Equal(304, (int)(await anybody.SendAsync(again)).StatusCode);
    }

    /// <summary>Ids that exist, so that some requests get past the door.</summary>
    private async Task<string[]> KnownAsync()
    {
        var application = await hub.ApprovedAsync();
        var review = await hub.UnderReviewAsync();
        return [application.Id, review.Id, application.Permit!, hub.First.Register.ToString(), "cohort", "0", "1"];
    }
}
