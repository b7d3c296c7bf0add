using Microsoft.Playwright;
using Research.Web.Tests.Hub;
using Xunit;

namespace Research.Web.Tests.Browser;

public sealed class DashboardStoryTests(Site site)
{
    /// <summary>Goal: anybody reads where chronic illness and an outbreak are, on any screen and without scripts (C9). Method: from the menu to a dashboard with an alarm, desktop, phone and dark, then with scripts off; the map has twelve tiles of which one is marked and one held.</summary>
    [Theory]
    [InlineData(1280, 900, ColorScheme.Light, true, "dashboard")]
    [InlineData(360, 740, ColorScheme.Dark, true, "dashboard-phone-dark")]
    [InlineData(1280, 900, ColorScheme.Dark, false, "dashboard-no-scripts")]
    public async Task Anybody_reads_a_dashboard(int width, int height, ColorScheme scheme, bool scripts, string name)
    {
        var page = await site.OpenAsync(new() { ViewportSize = new() { Width = width, Height = height }, ColorScheme = scheme, JavaScriptEnabled = scripts });
        var heard = page.Complaints();
        await page.GotoAsync("/dashboards");
        await page.PictureAsync(name + "-list");
        await page.Locator("main article a").First.ClickAsync();
        await page.AwaitAsync("h1:has-text('Chronic disease and dengue')", heard);

        await page.ShowsAsync("96 more new cases than usual in Triângulo Mineiro");
        Assert.Equal(12, await page.Locator(".tile").CountAsync());
        Assert.Equal(1, await page.Locator(".tile-alarming").CountAsync());
        Assert.Equal(1, await page.Locator(".tile-held").CountAsync());
        await page.ShowsAsync("Metropolitana de Belo Horizonte");
        await page.PictureAsync(name);
        Assert.Empty(heard);
    }

    /// <summary>Goal: a dashboard without a permit says what is missing and gives its key. Method: read the hospital's whose board has not granted it; download the key.</summary>
    [Fact]
    public async Task A_dashboard_that_waits_for_the_board_says_so_and_gives_its_key()
    {
        var page = await site.OpenAsync();
        await page.GotoAsync($"/dashboards/{Samples.Silo2}/chronic-care");
        await page.ShowsAsync("Waits for the board");
        Assert.Equal(0, await page.Locator(".tile").CountAsync());
        await page.PictureAsync("dashboard-waiting");
        var download = await page.RunAndWaitForDownloadAsync(() => page.GetByRole(AriaRole.Button, new() { Name = "Download its key" }).ClickAsync());
        Assert.Equal("dashboard-key.json", download.SuggestedFilename);
        Assert.Contains("\"kty\":\"EC\"", await File.ReadAllTextAsync(await download.PathAsync()), StringComparison.Ordinal);
    }
}
