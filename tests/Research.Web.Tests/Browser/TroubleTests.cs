using System.Net;
using Xunit;

namespace Research.Web.Tests.Browser;

/// <summary>What people meet when something is wrong, and how heavy a page is.</summary>
public sealed class TroubleTests(Site site)
{
    /// <summary>Goal: with the hub down a page says so, and a session that ended leads to signing in and back. Method: a web whose hub is a port where nobody listens.</summary>
    [Fact]
    public async Task With_the_hub_down_a_page_says_so()
    {
        await using var web = await RunningWeb.StartAsync(new Uri("http://127.0.0.1:9/"));
        using var browser = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = web.Url };
        using var catalogue = await browser.GetAsync(new Uri("/catalogue", UriKind.Relative));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, catalogue.StatusCode);
        Assert.Contains("A part of the service does not answer", await catalogue.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        using var mine = await browser.GetAsync(new Uri("/my-data", UriKind.Relative));
        Assert.Equal(HttpStatusCode.Redirect, mine.StatusCode);
        Assert.EndsWith("/sign-in?back=%2Fmy-data", mine.Headers.Location!.ToString(), StringComparison.Ordinal);
    }

    /// <summary>Goal: no form of ours is taken without its token, and who sent it reads why. Method: each route that takes one, posted to by another site's page.</summary>
    [Theory]
    [InlineData("/sign-out")]
    [InlineData("/sign-in/passkey/begin")]
    [InlineData("/language")]
    [InlineData("/download")]
    public async Task A_form_without_its_token_is_refused_in_words(string route)
    {
        using var browser = new HttpClient { BaseAddress = site.Url };
        using var form = new FormUrlEncodedContent([new("tag", "fr"), new("back", "/"), new("name", "a.json"), new("content", "{}")]);
        using var answer = await browser.PostAsync(new Uri(route, UriKind.Relative), form);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("<h1>", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    /// <summary>Goal: the first page weighs under 150 kB compressed without charts, and nothing jumps by more than 0.05. Method: all that a browser fetches for it, counted on the wire; the browser's own layout-shift entries on four pages.</summary>
    [Fact]
    public async Task The_first_page_is_light_and_nothing_jumps()
    {
        var page = await site.OpenAsync(new() { ViewportSize = new() { Width = 390, Height = 844 } });
        var wire = await page.Context.NewCDPSessionAsync(page);
        double bytes = 0;
        wire.Event("Network.loadingFinished").OnEvent += (_, json) => bytes += json!.Value.GetProperty("encodedDataLength").GetDouble();
        await wire.SendAsync("Network.enable");
        await page.GotoAsync("/", new() { WaitUntil = Microsoft.Playwright.WaitUntilState.NetworkIdle });
        TestContext.Current.TestOutputHelper?.WriteLine($"first page: {bytes / 1000:0.0} kB on the wire");
        Assert.InRange(bytes, 1_000, 150_000);
        foreach (var path in new[] { "/", "/catalogue", "/ledger", "/register" })
        {
            await page.GotoAsync(path, new() { WaitUntil = Microsoft.Playwright.WaitUntilState.NetworkIdle });
            var shift = await page.EvaluateAsync<double>(
                """
                () => new Promise(done => {
                  let sum = 0;
                  new PerformanceObserver(list => list.getEntries().forEach(one => sum += one.hadRecentInput ? 0 : one.value)).observe({ type: 'layout-shift', buffered: true });
                  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => done(sum), 0)));
                })
                """);
            Assert.InRange(shift, 0, 0.05);
        }
    }
}
