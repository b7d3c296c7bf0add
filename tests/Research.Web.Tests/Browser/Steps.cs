using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Silos.Ledger.Records;
using Xunit;

namespace Research.Web.Tests.Browser;

/// <summary>What the stories do again and again.</summary>
internal static class Steps
{
    /// <summary>Longest that a page is waited for, in milliseconds; a busy machine is no failure.</summary>
    public const int Patience = 90_000;

    public static async Task SignInAsync(this IPage page, string who, string password = "right")
    {
        await page.GotoAsync("/sign-in");
        await page.FillAsync("#email", who + "@researchhub.example");
        await page.FillAsync("#password", password);
        await page.ClickAsync("main form button");
        await page.ArriveAsync("/desk$");
    }

    /// <summary>Waits until this page has come: until its address stands there, read again and again, since an event of the browser is missed when it fires early. When it does not come, the failure shows the page.</summary>
    /// <param name="url">A regular expression over the address.</param>
    public static async Task ArriveAsync(this IPage page, string url)
    {
        try
        {
            await Assertions.Expect(page).ToHaveURLAsync(new Regex(url), new() { Timeout = Patience });
            await page.Locator("main h1").First.WaitForAsync();
        }
        catch (Exception late) when (late is TimeoutException or PlaywrightException)
        {
            Assert.Fail($"waited for an address with '{url}', and stands on {page.Url}:\n{await page.InnerTextAsync("main")}");
        }
    }

    /// <summary>The whole page as a picture, kept as a test artifact.</summary>
    public static Task PictureAsync(this IPage page, string name) =>
        page.ScreenshotAsync(new() { Path = Path.Combine(Site.Screenshots, name + ".png"), FullPage = true });

    /// <summary>The whole page as it is on a desk and on phones, light and dark; the window is as before afterwards.</summary>
    public static async Task PicturesAsync(this IPage page, string name)
    {
        var size = page.ViewportSize!;
        foreach (var (width, scheme) in new[] { (1280, ColorScheme.Light), (1280, ColorScheme.Dark), (390, ColorScheme.Light), (320, ColorScheme.Dark) })
        {
            await page.SetViewportSizeAsync(width, 900);
            await page.EmulateMediaAsync(new() { ColorScheme = scheme });
            await page.PictureAsync(FormattableString.Invariant($"{name}-{width}-{scheme.ToString().ToLowerInvariant()}"));
        }

        await page.SetViewportSizeAsync(size.Width, size.Height);
        await page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Light });
    }

    /// <summary>Refusals by the content security policy, and errors of scripts, from now on.</summary>
    public static List<string> Complaints(this IPage page)
    {
        List<string> heard = [];
        page.Console += (_, message) =>
        {
            if (message.Type == "error")
            {
                heard.Add(message.Text);
            }
        };
        page.PageError += (_, error) => heard.Add(error);
        return heard;
    }

    /// <summary>Waits for a complaint with these words, which may come after the page has said the same, and forgets it.</summary>
    public static async Task AwaitComplaintAsync(this List<string> heard, string words)
    {
        await Story.Until.TrueAsync($"a complaint with '{words}'", TimeSpan.FromMilliseconds(Patience), () => Task.FromResult(heard.Exists(complaint => complaint.Contains(words, StringComparison.Ordinal))));
        heard.Clear();
    }

    /// <summary>A slow line: each page's own script comes only after this has.</summary>
    public static Task HoldScriptAsync(this IPage page, Func<Task> arrives) => page.RouteAsync("**/site*.js", async route =>
    {
        await arrives();
        await route.ContinueAsync();
    });

    /// <summary>Another maker's script that npm brought for the tests; skips where it is missing.</summary>
    public static Task<string> ScriptAsync(string name)
    {
        var file = Path.Combine(Story.Repository.Root, "Research.Web/node_modules", name);
        Assert.SkipUnless(File.Exists(file) || Environment.GetEnvironmentVariable("CI") == "true", $"{name} is missing: npm ci --ignore-scripts in Research.Web");
        return File.ReadAllTextAsync(file);
    }

    /// <summary>A key file as a person would pick it.</summary>
    public static FilePayload FileOf(SigningKey key) =>
        new() { Name = "key.jwk", MimeType = "application/json", Buffer = JsonSerializer.SerializeToUtf8Bytes(key.ToJwk(), CanonicalJson.Options) };

    /// <summary>Waits for an element or a text; when it does not come, the failure shows the page.</summary>
    public static async Task AwaitAsync(this IPage page, string selector, IEnumerable<string>? heard = null)
    {
        try
        {
            await page.Locator(selector).First.WaitForAsync();
        }
        catch (TimeoutException)
        {
            Assert.Fail($"'{selector}' is not on {page.Url}:\n{await page.InnerTextAsync("main")}\n{string.Join("\n", heard ?? [])}");
        }
    }

    /// <summary>Waits until the page shows this text: a click does not wait for the page that it brings. When it does not come, the failure shows the page.</summary>
    public static Task ShowsAsync(this IPage page, string text) => Story.Until.ReadAsync(
        $"'{text}' on {page.Url}", TimeSpan.FromMilliseconds(Patience), () => page.InnerTextAsync("main"), shown => shown.Contains(text, StringComparison.Ordinal));
}
