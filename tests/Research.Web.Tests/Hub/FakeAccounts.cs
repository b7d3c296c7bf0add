using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Research.Api.Protocol;

namespace Research.Web.Tests.Hub;

/// <summary>What accounts hold at the fake hub besides passkeys: a second factor, a password, tokens and webhooks, by who asks.</summary>
internal sealed class FakeAccounts
{
    public const string Secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";

    /// <summary>The only code that is right.</summary>
    public const string Code = "123456";

    private readonly ConcurrentDictionary<string, bool> factors = new([KeyValuePair.Create("patient1@researchhub.example", true)]);
    private readonly ConcurrentDictionary<string, List<AccessTokenView>> tokens = new();
    private readonly ConcurrentDictionary<string, List<WebhookView>> webhooks = new();

    public bool HasFactor(string who) => factors.GetValueOrDefault(who);

    public void Map(WebApplication app)
    {
        app.MapPost(HubRoutes.Password, (PasswordChange change) => change.Current == "right" ? Results.NoContent() : FakeHub.Problem(422, "invalid", "Incorrect password."));
        app.MapPost(HubRoutes.SecondFactor, () => Results.Json(new SecondFactorSecret(Secret, "otpauth://totp/elsewhere")));
        app.MapPut(HubRoutes.SecondFactor, (SecondFactorCode code, HttpRequest request) => Set(request, code, true) ?? Results.Json(new RecoveryCodes([.. Enumerable.Range(0, 10).Select(i => $"9F{i}KX-2M9P{i}")])));
        app.MapDelete(HubRoutes.SecondFactor, ([FromBody] SecondFactorCode code, HttpRequest request) => Set(request, code, false) ?? Results.NoContent());
        app.MapGet(HubRoutes.AccessTokens, (HttpRequest request) => Results.Json(Tokens(request)));
        app.MapPost(HubRoutes.AccessTokens, (AccessTokenRequest asked, HttpRequest request) => Make(asked, request));
        app.MapDelete(HubRoutes.AccessTokens + "/{id}", (string id, HttpRequest request) => Revoke(id, request));
        app.MapGet(HubRoutes.Webhooks, (HttpRequest request) => Results.Json(Webhooks(request)));
        app.MapPost(HubRoutes.Webhooks, (WebhookRequest asked, HttpRequest request) => Make(asked, request));
        app.MapDelete(HubRoutes.Webhooks + "/{id}", (string id, HttpRequest request) => Webhooks(request).RemoveAll(one => one.Id == id) == 1 ? Results.NoContent() : FakeHub.Problem(404, "not-found", "There is no such webhook."));
    }

    private IResult? Set(HttpRequest request, SecondFactorCode code, bool on)
    {
        if (code.Code != Code)
        {
            return FakeHub.Problem(422, "invalid", "code: not the authenticator's code of now.");
        }

        factors[FakeHub.Who(request)] = on;
        return null;
    }

    private List<AccessTokenView> Tokens(HttpRequest request) => tokens.GetOrAdd(FakeHub.Who(request), _ =>
    [
        new("t-1", "notebook at work", ["read", "query"], Samples.Time, "2096-11-21T20:15:00.000Z", Samples.Time, null),
        new("t-2", "of last year", ["read"], "2025-01-01T00:00:00.000Z", "2025-12-31T00:00:00.000Z", null, null),
        new("t-3", "lost-with-a-laptop-on-the-way-to-the-laboratory", ["read"], Samples.Time, "2096-11-21T20:15:00.000Z", null, Samples.Time),
    ]);

    private List<WebhookView> Webhooks(HttpRequest request) => webhooks.GetOrAdd(FakeHub.Who(request), _ => [new("w-1", "https://laboratory.example/told/of/applications", Samples.Time)]);

    private IResult Make(AccessTokenRequest asked, HttpRequest request)
    {
        if (asked.Scopes.Count == 0 || asked.Days < 1)
        {
            return FakeHub.Problem(422, "invalid", "scopes: read, query.");
        }

        var mine = Tokens(request);
        mine.Insert(0, new($"t-{mine.Count + 1}", asked.Name, asked.Scopes, Samples.Time, "2096-11-21T20:15:00.000Z", null, null));
        return Results.Json(new NewAccessToken(mine[0].Id, "rhp_" + new string('a', 43), mine[0].Expires));
    }

    private IResult Revoke(string id, HttpRequest request)
    {
        var mine = Tokens(request);
        var at = mine.FindIndex(one => one.Id == id);
        mine[at] = mine[at] with { Revoked = Samples.Time };
        return Results.NoContent();
    }

    private IResult Make(WebhookRequest asked, HttpRequest request)
    {
        if (!asked.Url.StartsWith("https://", StringComparison.Ordinal))
        {
            return FakeHub.Problem(422, "invalid", $"url: '{asked.Url}'; allowed is an absolute https address.");
        }

        var mine = Webhooks(request);
        mine.Add(new($"w-{mine.Count + 1}", asked.Url, Samples.Time));
        return Results.Json(new NewWebhook(mine[^1].Id, asked.Url, "rhw_" + new string('b', 43)));
    }
}
