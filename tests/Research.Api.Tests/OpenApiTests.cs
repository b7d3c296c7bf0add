using System.Text.Json;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Research.Api.Protocol;
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
