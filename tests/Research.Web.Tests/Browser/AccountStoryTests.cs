using Microsoft.Playwright;
using Research.Web.Tests.Hub;
using Xunit;

namespace Research.Web.Tests.Browser;

/// <summary>What people do for the safety of their accounts, and for their programs.</summary>
public sealed class AccountStoryTests(Site site)
{
    /// <summary>Goal: a second factor is set up, lost codes are provided for, and it is taken off again. Method: with scripts off; a wrong code keeps the key in sight; the right one shows ten recovery codes once, as a file too, and ends the session; afterwards it is ended with a code.</summary>
    [Fact]
    public async Task A_second_factor_is_set_up_and_taken_off()
    {
        var page = await site.OpenAsync(new() { JavaScriptEnabled = false, ViewportSize = new() { Width = 1280, Height = 900 } });
        await page.SignInAsync("custodian1");
        await page.GotoAsync("/account");
        await page.PicturesAsync("account");
        await page.GetByRole(AriaRole.Link, new() { Name = "Second factor" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Set up" }).ClickAsync();
        await TypeCodeAsync(page, "000 000", "Turn it on");
        await page.ShowsAsync("not the authenticator's code of now");
        Assert.Equal("JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP", await page.InnerTextAsync(".code-of-letter"));
        Assert.Equal(
            $"otpauth://totp/ResearchHub:custodian1%40researchhub.example?secret={FakeAccounts.Secret}&issuer=ResearchHub&digits=6",
            await page.GetByRole(AriaRole.Link, new() { Name = "Open the app on this device" }).GetAttributeAsync("href"));
        await page.PicturesAsync("second-factor-key");
        await TypeCodeAsync(page, "123 456", "Turn it on");
        Assert.Equal(10, await page.Locator(".codes li").CountAsync());
        await page.PicturesAsync("second-factor-codes");
        var download = await page.RunAndWaitForDownloadAsync(() => page.GetByRole(AriaRole.Link, new() { Name = "Save as a file" }).ClickAsync());
        Assert.Equal(await page.Locator(".codes li").AllInnerTextsAsync(), await File.ReadAllLinesAsync((await download.PathAsync())!));
        await page.GotoAsync("/account");
        await page.ArriveAsync("/sign-in");

        await page.SignInAsync("custodian1");
        await page.GotoAsync("/account/second-factor");
        await page.PictureAsync("second-factor-on");
        await TypeCodeAsync(page, "999999", "Turn it off");
        await page.ShowsAsync("not the authenticator's code of now");
        await TypeCodeAsync(page, FakeAccounts.Code, "Turn it off");
        await page.ArriveAsync("/sign-in");
        await page.ShowsAsync("The second factor is off.");
        await page.Context.CloseAsync();
    }

    /// <summary>Goal: an authenticator's camera reads the key, in the dark too. Method: another maker's reader (jsQR) over a picture of the page; it reads the link that an app on this device would open.</summary>
    [Theory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task An_authenticators_camera_reads_the_key(ColorScheme scheme)
    {
        var page = await site.OpenAsync(new() { BypassCSP = true, ColorScheme = scheme });
        await page.SignInAsync("official1");
        await page.GotoAsync("/account/second-factor");
        await page.GetByRole(AriaRole.Button, new() { Name = "Set up" }).ClickAsync();
        var picture = await page.GetByRole(AriaRole.Img, new() { Name = "The key as a QR code" }).ScreenshotAsync();
        await page.EvaluateAsync(await Steps.ScriptAsync("jsqr/dist/jsQR.js"));
        var read = await page.EvaluateAsync<string?>(
            """
            async png => {
              const image = new Image();
              image.src = 'data:image/png;base64,' + png;
              await image.decode();
              const context = new OffscreenCanvas(image.width, image.height).getContext('2d');
              context.drawImage(image, 0, 0);
              return jsQR(context.getImageData(0, 0, image.width, image.height).data, image.width, image.height)?.data ?? null;
            }
            """,
            Convert.ToBase64String(picture));
        Assert.Equal(await page.GetByRole(AriaRole.Link, new() { Name = "Open the app on this device" }).GetAttributeAsync("href"), read);
        await page.Context.CloseAsync();
    }

    /// <summary>Goal: a token is made with scopes and an end, seen once, and revoked. Method: with scripts off; it is on the page that answers and on no later one; of tokens that are over none can be revoked.</summary>
    [Fact]
    public async Task A_token_is_made_shown_once_and_revoked()
    {
        var page = await site.OpenAsync(new() { JavaScriptEnabled = false, ViewportSize = new() { Width = 1280, Height = 900 } });
        await page.SignInAsync("official1");
        await page.GotoAsync("/account/tokens");
        Assert.Equal(["in force", "expired", "revoked"], await page.Locator(".lines .badge").AllInnerTextsAsync());
        await page.FillAsync("#token-name", "nightly <i>run</i>");
        await page.CheckAsync("input[value=query]");
        await page.SelectOptionAsync("#token-days", "90");
        await page.GetByRole(AriaRole.Button, new() { Name = "Make a token" }).ClickAsync();
        Assert.StartsWith("rhp_", await page.InnerTextAsync("main pre"), StringComparison.Ordinal);
        Assert.Equal("nightly <i>run</i>", await page.Locator(".lines strong").First.InnerTextAsync());
        await page.PicturesAsync("tokens");
        await page.GotoAsync("/account/tokens");
        Assert.DoesNotContain("rhp_", await page.ContentAsync(), StringComparison.Ordinal);
        await page.GetByRole(AriaRole.Button, new() { Name = "Revoke the token nightly <i>run</i>" }).ClickAsync();
        await page.ShowsAsync("The token is revoked.");
        Assert.Equal(["revoked", "in force", "expired", "revoked"], await page.Locator(".lines .badge").AllInnerTextsAsync());
        await page.UncheckAsync("input[value=read]");
        await page.FillAsync("#token-name", "nothing at all");
        await page.GetByRole(AriaRole.Button, new() { Name = "Make a token" }).ClickAsync();
        await page.ShowsAsync("scopes: read, query.");
        await page.Context.CloseAsync();
    }

    /// <summary>Goal: a program is told by a webhook whose secret is seen once. Method: with scripts off; make one, read the list again, remove it; an address that the hub refuses says why.</summary>
    [Fact]
    public async Task A_webhook_is_made_and_removed()
    {
        var page = await site.OpenAsync(new() { JavaScriptEnabled = false, ViewportSize = new() { Width = 1280, Height = 900 } });
        await page.SignInAsync("official1");
        await page.GotoAsync("/account/webhooks");
        await page.FillAsync("#webhook-url", "https://university.example/told");
        await page.GetByRole(AriaRole.Button, new() { Name = "Make a webhook" }).ClickAsync();
        Assert.StartsWith("rhw_", await page.InnerTextAsync("main .notice pre"), StringComparison.Ordinal);
        await page.PicturesAsync("webhooks");
        await page.GotoAsync("/account/webhooks");
        Assert.DoesNotContain("rhw_", await page.ContentAsync(), StringComparison.Ordinal);
        await page.GetByRole(AriaRole.Button, new() { Name = "Remove the webhook https://university.example/told" }).ClickAsync();
        await page.ShowsAsync("The webhook is removed.");
        Assert.Equal(["https://laboratory.example/told/of/applications"], await page.Locator(".lines strong").AllInnerTextsAsync());
        await page.FillAsync("#webhook-url", "http://inside/");
        await page.GetByRole(AriaRole.Button, new() { Name = "Make a webhook" }).ClickAsync();
        await page.ShowsAsync("url: 'http://inside/'; allowed is an absolute https address.");
        await page.Context.CloseAsync();
    }

    /// <summary>Goal: a password is changed by who knows it, and every session ends. Method: a wrong one of now, then the right one; the next page asks to sign in.</summary>
    [Fact]
    public async Task A_password_is_changed_by_who_knows_it()
    {
        var page = await site.OpenAsync(new() { JavaScriptEnabled = false, ViewportSize = new() { Width = 1280, Height = 900 } });
        await page.SignInAsync("official1");
        await page.GotoAsync("/account/password");
        await page.PicturesAsync("change-password");
        foreach (var (current, expected) in new[] { ("not mine", "Incorrect password."), ("right", "The new password counts. Sign in with it.") })
        {
            await page.FillAsync("#current", current);
            await page.FillAsync("#next", "another long sentence");
            await page.GetByRole(AriaRole.Button, new() { Name = "Change it" }).ClickAsync();
            await page.ShowsAsync(expected);
        }

        await page.GotoAsync("/account");
        await page.ArriveAsync("/sign-in");
        await page.Context.CloseAsync();
    }

    /// <summary>Goal: a button that would be refused is not shown. Method: an auditor's account, which the hub lets read alone, has no form on any of these pages; a patient is not bothered with tokens.</summary>
    [Fact]
    public async Task Who_may_not_change_an_account_is_shown_no_form()
    {
        var page = await site.OpenAsync();
        await page.SignInAsync("auditor");
        foreach (var path in new[] { "password", "second-factor", "tokens", "webhooks" })
        {
            await page.GotoAsync("/account/" + path);
            await page.ShowsAsync("Your account only reads");
            Assert.Equal(0, await page.Locator("main form").CountAsync());
        }

        await page.Context.CloseAsync();
        var patient = await site.OpenAsync();
        await patient.SignInAsync("patient1");
        await patient.GotoAsync("/account");
        Assert.Equal(["/account/second-factor", "/account/password"], await patient.Locator("#more ~ ul a").EvaluateAllAsync<string[]>("links => links.map(link => link.getAttribute('href'))"));
        await patient.Context.CloseAsync();
    }

    private static async Task TypeCodeAsync(IPage page, string code, string button)
    {
        await page.FillAsync("#code", code);
        await page.GetByRole(AriaRole.Button, new() { Name = button }).ClickAsync();
    }
}
