using System.Net;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.DependencyInjection;
using Research.Api.Accounts;
using Research.Api.Protocol;
using Research.Api.Tests.Running;
using Xunit;

namespace Research.Api.Tests.Accounts;

[Collection("hub")]
public sealed class EveryRouteTests(HubFixture hub)
{
    /// <summary>Goal: no route is open by accident. Method: walk all routes of the running hub; each names its roles or is expressly public.</summary>
    [Fact]
    public void Every_route_names_its_roles_or_is_public()
    {
        Assert.All(Routes(), route => Assert.NotNull(route.Metadata.GetMetadata<RouteRoles>()));
        Assert.Contains(Routes(), route => route.Metadata.GetMetadata<RouteRoles>()!.Allowed.Count > 0);
    }

    /// <summary>Goal: without a token nothing but public routes answers. Method: call every other route; each says 401 as problem+json.</summary>
    [Fact]
    public async Task Without_a_token_every_route_with_a_role_answers_401()
    {
        foreach (var (method, path, _) in Calls())
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), path);
            var answer = await hub.Anybody().SendAsync(request);
            Assert.True(answer.StatusCode == HttpStatusCode.Unauthorized, $"{method} {path} answered {(int)answer.StatusCode}");
            Assert.Equal("unauthenticated", await Person.CodeOf(answer));
        }
    }

    /// <summary>Goal: each route obeys its roles. Method: every role calls every route that does not name it; each says 403 as problem+json.</summary>
    [Fact]
    public async Task Every_other_role_gets_403()
    {
        var tried = 0;
        foreach (var (method, path, roles) in Calls())
        {
            foreach (var role in Role.All.Where(role => !roles.Contains(role) && !(role == Role.Chair && roles.Contains(Role.CommitteeMember))))
            {
                using var request = new HttpRequestMessage(new HttpMethod(method), path);
                var answer = await hub.Of(role).Http.SendAsync(request);
                Assert.True(answer.StatusCode == HttpStatusCode.Forbidden, $"{role}: {method} {path} answered {(int)answer.StatusCode}");
                Assert.Equal("forbidden", await Person.CodeOf(answer));
                tried++;
            }
        }

        TestContext.Current.TestOutputHelper!.WriteLine($"{tried} calls refused");
    }

    /// <summary>Goal: answers to nonsense have one shape. Method: an unknown route, a wrong method, no JSON, broken JSON, an unknown member.</summary>
    [Theory]
    [InlineData("GET", "/nowhere", null, 404, "not-found")]
    [InlineData("DELETE", "/catalogue", null, 405, "method-not-allowed")]
    [InlineData("POST", "/accounts/login", "{", 400, "bad-json")]
    [InlineData("POST", "/accounts/login", """{"email":"a","password":"b","admin":true}""", 400, "bad-json")]
    [InlineData("POST", "/accounts/login", """{"email":"a"}""", 400, "bad-json")]
    [InlineData("POST", "/accounts/login", """{"email":"nobody@people.test","password":"wrong"}""", 401, "bad-credentials")]
    public async Task Nonsense_is_answered_with_a_problem(string method, string path, string? body, int status, string code)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (body is not null)
        {
            request.Content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        }

        var answer = await hub.Anybody().SendAsync(request);
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal(code, await Person.CodeOf(answer));
    }

    private IReadOnlyList<RouteEndpoint> Routes()
    {
        hub.Require();
        return [.. hub.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()];
    }

    private IEnumerable<(string Method, string Path, IReadOnlyList<string> Roles)> Calls() =>
        from route in Routes()
        let roles = route.Metadata.GetMetadata<RouteRoles>()!.Allowed
        where roles.Count > 0
        from method in route.Metadata.GetMetadata<IHttpMethodMetadata>()!.HttpMethods
        select (method, Path(route.RoutePattern), roles);

    private static string Path(RoutePattern pattern) => "/" + string.Join('/', pattern.PathSegments.Select(segment =>
        string.Concat(segment.Parts.Select(part => part is RoutePatternLiteralPart literal ? literal.Content : "1"))));
}
