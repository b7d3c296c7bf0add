using System.Net;
using System.Security.Cryptography;
using Microsoft.Extensions.Configuration;
using Microsoft.Playwright;
using Research.Web.Downloads;
using Research.Web.Tests.Hub;
using Xunit;

namespace Research.Web.Tests.Browser;

public sealed class ReviewStoryTests(Site site)
{
    /// <summary>Goal: the board narrows the log down (E3). Method: choose hospital, kind and permit; the hub is asked for just those.</summary>
    [Fact]
    public async Task The_board_filters_the_log_by_hospital_kind_and_permit()
    {
        var page = await site.OpenAsync(new() { JavaScriptEnabled = false });
        await page.SignInAsync("member1");
        await page.GotoAsync("/audit");
        await page.SelectOptionAsync("#log", Samples.Silo);
        await page.SelectOptionAsync("#kind", "denial");
        await page.FillAsync("#permit", Samples.PermitId);
        await page.FillAsync("#person", "Rosa");
        await page.FillAsync("#project", "HbA1c");
        await page.FillAsync("#until", "2026-11-20");
        await page.ClickAsync("form.search button");
        await page.AwaitAsync("tbody tr");
        Assert.Contains(site.Hub.Asked, asked => asked.Contains($"log={Samples.Silo}&kind=denial&permit={Samples.PermitId}&until=2026-11-21T00%3A00%3A00.000Z&project=HbA1c&person=Rosa", StringComparison.Ordinal));
        Assert.Equal("denial", await page.InputValueAsync("#kind"));
    }

    /// <summary>Goal: the board takes the offline verifier with its hash. Method: download it from the review page; its bytes are the operator's file, its SHA-256 the page's. A site whose operator offers none says where the sources are, and one whose file is gone does not start.</summary>
    [Fact]
    public async Task The_board_downloads_the_offline_verifier_with_its_hash()
    {
        var page = await site.OpenAsync();
        await page.SignInAsync("member1");
        await page.GotoAsync("/audit");
        var download = await page.RunAndWaitForDownloadAsync(() => page.GetByRole(AriaRole.Link, new() { Name = "Download the verifier" }).ClickAsync());
        Assert.Equal(Site.Verifier, await File.ReadAllBytesAsync((await download.PathAsync())!));
        await page.ShowsAsync("SHA-256 " + Convert.ToHexStringLower(SHA256.HashData(Site.Verifier)));
        await page.PicturesAsync("review");
        await page.Context.CloseAsync();

        await using var without = await RunningWeb.StartAsync(site.Hub.Url);
        using var http = new HttpClient { BaseAddress = without.Url };
        Assert.Contains("This site offers no copy", await http.GetStringAsync(new Uri("/check", UriKind.Relative)), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync(new Uri("/verify.zip", UriKind.Relative))).StatusCode);
        Assert.Throws<FileNotFoundException>(() => new VerifierFile(new ConfigurationBuilder().AddInMemoryCollection([KeyValuePair.Create<string, string?>("Verifier:Zip", "/not/there.zip")]).Build()));
    }

    /// <summary>Goal: a custodian sees datasets, floors, departments, alarms and money of the hospital's desk, and nobody else does (C8, C10). Method: read it as the custodian on a desktop and a phone; as an auditor it is refused.</summary>
    [Fact]
    public async Task A_custodian_sees_what_permits_touch_and_nobody_else_does()
    {
        var page = await site.OpenAsync(new() { ViewportSize = new() { Width = 1280, Height = 900 } });
        await page.SignInAsync("custodian1");
        await page.GotoAsync("/hospital");
        foreach (var text in new[] { "a dataset differed from what was anchored", "Endocrinology", "Internal medicine", "HbA1c control by sex and age", "BRL 500.00" })
        {
            await page.ShowsAsync(text);
        }

        await page.PictureAsync("hospital");
        await page.SetViewportSizeAsync(360, 740);
        await page.PictureAsync("hospital-phone");

        var other = await site.OpenAsync();
        await other.SignInAsync("auditor");
        Assert.Equal(403, (await other.GotoAsync("/hospital"))!.Status);
        Assert.Equal(0, await other.Locator("main table").CountAsync());
        Assert.DoesNotContain("/hospital", await other.Locator("nav").First.InnerHTMLAsync(), StringComparison.Ordinal);
    }
}
