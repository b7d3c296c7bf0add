using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Research.Api.Protocol;
using Research.Api.Tests.Manners;
using Research.Api.Tests.Running;
using Story;
using Xunit;

namespace Research.Api.Tests;

[Collection("hub")]
public sealed class OpenApiTests(HubFixture hub)
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Goal: a change on the wire is a visible difference. Method: the OpenAPI document, fetched without a token, equals the golden file; write it anew with RESEARCHHUB_WRITE_GOLDEN=1.</summary>
    [Fact]
    public async Task The_document_is_the_golden_one()
    {
        using var anybody = hub.Anybody();
        using var document = JsonDocument.Parse(await anybody.GetStringAsync(HubRoutes.OpenApi));
        var golden = Path.Combine(Repository.Root, "tests/Research.Api.Tests/openapi.json");
        var text = JsonSerializer.Serialize(document.RootElement, Indented) + "\n";
        if (Environment.GetEnvironmentVariable("RESEARCHHUB_WRITE_GOLDEN") == "1")
        {
            await File.WriteAllTextAsync(golden, text);
        }

        Assert.StartsWith("3.1", document.RootElement.GetProperty("openapi").GetString(), StringComparison.Ordinal);
        Assert.Equal(await File.ReadAllTextAsync(golden), text);
    }

    /// <summary>Goal: an example can be copied. Method: every example of the document fits the schema that it stands in, and every body that an operation takes has one (patients' signed directives are made by their pages).</summary>
    [Fact]
    public async Task Every_example_fits_its_schema()
    {
        var document = JsonNode.Parse(await hub.Anybody().GetStringAsync(HubRoutes.OpenApi))!;
        var schemas = new Schemas(document, new Random(1), []);
        var named = document["components"]!["schemas"]!.AsObject();
        foreach (var (name, schema) in named.Where(pair => pair.Value!["examples"] is not null))
        {
            Assert.Null(schemas.Fault(schema!, schema!["examples"]![0], name));
        }

        var bodies = document["paths"]!.AsObject().Where(path => !path.Key.StartsWith(HubRoutes.MyData, StringComparison.Ordinal)).SelectMany(path => path.Value!.AsObject()).Select(operation => operation.Value!["requestBody"]?["content"]?["application/json"]?["schema"]?.ToJsonString()).OfType<string>();
        var taken = named.Select(pair => pair.Key).Where(name => name != "JsonElement" && bodies.Any(body => body.Contains($"/{name}\"", StringComparison.Ordinal)));
        Assert.Equal([], taken.Where(name => named[name]!["examples"] is null));
    }

    /// <summary>Goal: people read the document with pages of our own origin. Method: the page, its scripts and styles answer; the page has no inline script or style, and names no other origin; the policy forbids both.</summary>
    [Fact]
    public async Task The_document_has_pages_from_our_own_origin()
    {
        using var anybody = hub.Anybody();
        using var answer = await anybody.GetAsync(HubRoutes.Docs + "/index.html");
        var page = await answer.Content.ReadAsStringAsync();
        Assert.Contains("script-src 'self'; style-src 'self'", answer.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.DoesNotMatch("<style|<script(?![^>]*src=)|https?://", page);
        foreach (System.Text.RegularExpressions.Match named in System.Text.RegularExpressions.Regex.Matches(page, "(?:src|href)=\"([^\"]+)\""))
        {
            using var part = await anybody.GetAsync($"{HubRoutes.Docs}/{named.Groups[1].Value}");
            Assert.True(part.IsSuccessStatusCode, named.Value);
        }

        Assert.Contains(HubRoutes.OpenApi, await anybody.GetStringAsync(HubRoutes.Docs + "/index.js"), StringComparison.Ordinal);
    }

    /// <summary>Goal: no route is missing in the document, and each says what it refuses. Method: compare with the routes of the running hub; each operation has a problem+json answer.</summary>
    [Fact]
    public async Task Every_route_is_in_the_document()
    {
        using var anybody = hub.Anybody();
        using var document = JsonDocument.Parse(await anybody.GetStringAsync(HubRoutes.OpenApi));
        var paths = document.RootElement.GetProperty("paths");
        var routes = hub.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>().Where(route => !route.RoutePattern.RawText!.Contains("openapi", StringComparison.Ordinal)).ToList();
        foreach (var route in routes)
        {
            var path = "/" + string.Join('/', route.RoutePattern.PathSegments.Select(segment => string.Concat(segment.Parts.Select(part =>
                part is Microsoft.AspNetCore.Routing.Patterns.RoutePatternParameterPart parameter ? $"{{{parameter.Name}}}" : ((Microsoft.AspNetCore.Routing.Patterns.RoutePatternLiteralPart)part).Content))));
            Assert.True(paths.TryGetProperty(path, out var item), $"{path} is not in the document");
            foreach (var method in route.Metadata.GetMetadata<IHttpMethodMetadata>()!.HttpMethods)
            {
                var answers = item.GetProperty(method.ToLowerInvariant()).GetProperty("responses").EnumerateObject().ToList();
                Assert.Contains(answers, answer => answer.Name.StartsWith('2'));
                Assert.All(answers.Where(answer => answer.Name[0] == '4'), answer => Assert.True(answer.Value.GetProperty("content").TryGetProperty("application/problem+json", out _)));
                Assert.Contains(answers, answer => answer.Name.StartsWith('4'));
            }
        }
    }
}
