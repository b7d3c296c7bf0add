using Microsoft.Playwright;
using Research.Web.Components.Pages.Alerts;
using Research.Web.Tests.Hub;
using Xunit;

namespace Research.Web.Tests.Browser;

/// <summary>What the board is told of questions that could single somebody out.</summary>
public sealed class AlertsTests(Site site)
{
    /// <summary>Goal: a member finds the alerts and reads what was near what (E7). Method: from the desk, where their number stands, to the page; each kind in words, with the way to project, dataset, permit and proof; then those of one project.</summary>
    [Fact]
    public async Task The_board_reads_each_alert_in_words_and_goes_to_its_proof()
    {
        var page = await site.OpenAsync(new() { ViewportSize = new() { Width = 1280, Height = 900 } });
        await page.SignInAsync("member1");
        Assert.Equal("Alerts 4", await page.Locator("a[href='/audit/alerts'] h2").InnerTextAsync());
        await page.PictureAsync("alerts-desk");
        await page.GotoAsync("/audit");
        await page.ClickAsync("main a[href='/audit/alerts']");
        await page.ArriveAsync("/audit/alerts$");
        await page.PicturesAsync("alerts");
        var near = page.Locator("article").First;
        Assert.Equal(["must have Age in years: ≥ 18", "must have Administrative sex: female", "must not have Diagnoses (ICD-10): <b>E11</b>", "must have visit: at least 2 times, within 90 days"], await near.Locator("li").AllInnerTextsAsync());
        Assert.Equal("Nothing more", await near.Locator("dl").First.Locator("dd").Nth(1).InnerTextAsync());
        await page.ShowsAsync("Everybody who permits this use");
        await page.ShowsAsync("more than ten such pairs at this dataset on 21 Nov 2026.");
        await page.ShowsAsync("20 questions of this project were refused on 21 Nov 2026.");
        foreach (var path in new[] { "/applications/application-1", $"/catalogue/{Samples.Silo}/chronic-care", $"/permits/{Samples.PermitId}" })
        {
            Assert.Equal(1, await near.Locator($"a[href='{path}']").CountAsync());
        }

        await page.GetByRole(AriaRole.Link, new() { Name = "Alerts of this project only: application-2" }).ClickAsync();
        await page.ArriveAsync("application=application-2$");
        Assert.Equal(1, await page.Locator("article").CountAsync());
        await page.GetByRole(AriaRole.Link, new() { Name = "Open the proof of entry 2" }).ClickAsync();
        await page.AwaitAsync("text=Checked in your browser");
        await page.Context.CloseAsync();
    }

    /// <summary>Goal: who may not review is shown no alerts and no way to them. Method: a researcher's desk and the page itself.</summary>
    [Fact]
    public async Task A_researcher_sees_no_alerts()
    {
        var page = await site.OpenAsync(new() { JavaScriptEnabled = false });
        await page.SignInAsync("researcher");
        Assert.Equal(0, await page.Locator("a[href='/audit/alerts']").CountAsync());
        Assert.Equal(403, (await page.GotoAsync("/audit/alerts"))!.Status);
        Assert.Equal(0, await page.Locator("article").CountAsync());
        await page.Context.CloseAsync();
    }

    /// <summary>Goal: what both cohorts have is told apart from what one alone has. Method: one rule of each sort; a text that is no list of rules.</summary>
    [Fact]
    public void The_rules_of_two_cohorts_are_parted()
    {
        var two = TwoCohorts.Of("""[{"attribute":"a"},{"attribute":"b"}]""", """[{"attribute":"a"},{"attribute":"c"}]""");
        Assert.Equal(("""{"attribute":"a"}""", """{"attribute":"b"}""", """{"attribute":"c"}"""), (Assert.Single(two.Both).GetRawText(), Assert.Single(two.First).GetRawText(), Assert.Single(two.Second).GetRawText()));
        var none = TwoCohorts.Of("2026-11-21", "");
        Assert.Empty(none.Both.Concat(none.First).Concat(none.Second));
    }
}
