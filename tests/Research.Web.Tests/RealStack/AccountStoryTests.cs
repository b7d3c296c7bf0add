using System.Net;
using System.Net.Http.Headers;
using Microsoft.Playwright;
using Research.Api.Protocol;
using Research.Web.Tests.Browser;
using Story;
using Xunit;

namespace Research.Web.Tests.RealStack;

/// <summary>An account's second factor and tokens with the real hub behind the pages.</summary>
[Collection(RunningStack.Name)]
public sealed class AccountStoryTests(Site site, RunningStack running)
{
    /// <summary>Goal: a second factor that the pages set up is asked for until it is turned off, and a token that they make works until it is revoked. Method: an authenticator computed here (RFC 6238); sign in without a code, with one, with that one again, with a recovery code, and by password alone once it is off; the token reads at the hub, writes nothing, and is dead once revoked.</summary>
    [Fact]
    public async Task A_second_factor_is_asked_for_until_it_is_off_and_a_token_works_until_it_is_revoked()
    {
        var (email, password) = HubClient.Accounts(running.Stack).Where(one => one.Email.StartsWith("custodian2@", StringComparison.Ordinal)).Select(one => (one.Email, one.Password)).Single();
        var page = await running.OpenAsync(site, "custodian2");
        var heard = page.Complaints();
        await page.GotoAsync("/account/tokens");
        await page.FillAsync("#token-name", "notebook");
        await page.GetByRole(AriaRole.Button, new() { Name = "Make a token" }).ClickAsync();
        using var program = new HttpClient { BaseAddress = running.Stack.HubUrl };
        program.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", await page.InnerTextAsync("main pre"));
        Assert.Equal(HttpStatusCode.OK, (await program.GetAsync(new Uri(HubRoutes.Permits, UriKind.Relative))).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await program.PostAsync(new Uri(HubRoutes.Invitations, UriKind.Relative), null)).StatusCode);
        await page.GetByRole(AriaRole.Button, new() { Name = "Revoke the token notebook" }).ClickAsync();
        await page.AwaitAsync("text=The token is revoked.", heard);
        Assert.Equal(HttpStatusCode.Unauthorized, (await program.GetAsync(new Uri(HubRoutes.Permits, UriKind.Relative))).StatusCode);

        await page.GotoAsync("/account/second-factor");
        await page.GetByRole(AriaRole.Button, new() { Name = "Set up" }).ClickAsync();
        var secret = (await page.InnerTextAsync(".code-of-letter")).Replace(" ", "", StringComparison.Ordinal);
        await page.FillAsync("#code", Authenticator.Code(secret, -1));
        await page.GetByRole(AriaRole.Button, new() { Name = "Turn it on" }).ClickAsync();
        await page.AwaitAsync("text=Recovery codes", heard);
        var recovery = await page.Locator(".codes li").First.InnerTextAsync();
        await page.PicturesAsync("real-second-factor");
        Assert.Empty(heard);
        var now = Authenticator.Code(secret);
        foreach (var (code, expected) in new[] { ("", "A code is needed too"), ("000000", "is wrong"), (now, "/desk$"), (now, "used already"), (recovery, "/desk$"), (recovery, "is wrong"), (Authenticator.Code(secret, 1), "/desk$") })
        {
            await page.Context.ClearCookiesAsync();
            await page.GotoAsync("/sign-in");
            await page.FillAsync("#email", email);
            await page.FillAsync("#password", password);
            await page.Locator("summary", new() { HasTextString = "I use an authenticator" }).ClickAsync();
            await page.FillAsync("#code", code);
            await page.ClickAsync("main form button");
            await (expected.StartsWith('/') ? page.ArriveAsync(expected) : page.AwaitAsync("text=" + expected));
        }

        await page.GotoAsync("/account/second-factor");
        await page.FillAsync("#code", Authenticator.Code(secret, 2));
        await page.GetByRole(AriaRole.Button, new() { Name = "Turn it off" }).ClickAsync();
        await page.ArriveAsync("/sign-in");
        await page.SignInAsync("custodian2", password);
        await page.Context.CloseAsync();
        Assert.Empty(running.Leaks());
    }
}
