using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Playwright;
using Research.Api.Protocol;
using Research.Web.Tests.Hub;
using Silos.Ledger.Records;
using Xunit;

namespace Research.Web.Tests.Browser;

/// <summary>With scripts off: reading, applying, voting with an uploaded signature, deciding and opting out.</summary>
public sealed class WithoutScriptsTests(Site site)
{
    /// <summary>Goal: who has no scripts applies. Method: the whole form by hand, keys as text.</summary>
    [Fact]
    public async Task A_researcher_applies_without_scripts()
    {
        var page = await OpenAsync("researcher");
        await page.GotoAsync("/applications/new");
        await page.FillAsync("#title", "Without scripts");
        await page.Locator("input[name=datasets]").First.CheckAsync();
        await page.Locator("main form .button").ClickAsync();
        await page.FillAsync("#laySummary", "We want to know how well diabetes is controlled.");
        await page.SelectOptionAsync("#purpose", "DUO:0000042");
        await page.FillAsync("#signingKey", JsonSerializer.Serialize(Samples.ResearcherKey.Public.Jwk, CanonicalJson.Options));
        await page.ClickAsync("button[value=submit]");
        await page.ShowsAsync("The application is submitted.");
        Assert.Equal(ApplicationState.Submitted, site.Hub.Applications.Values.Single(one => one.Form.Title == "Without scripts").State);
    }

    /// <summary>Goal: a member votes with a signature made elsewhere. Method: download what is signed, sign it here, upload.</summary>
    [Fact]
    public async Task A_member_votes_with_an_uploaded_signature()
    {
        using var key = SigningKey.Create();
        var application = site.Hub.Put(Samples.Form, ApplicationState.UnderReview);
        var page = await OpenAsync("member1");
        await page.GotoAsync("/committee/key");
        await page.FillAsync("#key", JsonSerializer.Serialize(key.Public.Jwk, CanonicalJson.Options));
        await page.Locator("main form .button").Last.ClickAsync();
        await page.GotoAsync($"/applications/{application.Id}");
        var body = await page.Locator("input[name='body.issue.approve']").GetAttributeAsync("value");
        var vote = SignedRecord.Sign(CanonicalJson.Read<Vote>(JsonNode.Parse(body!)!), key);
        await page.CheckAsync("input[name=decision][value=approve]");
        await page.Locator(".sign-elsewhere summary").ClickAsync();
        await page.SetInputFilesAsync("input[name=signedFile]", new FilePayload { Name = "vote.json", MimeType = "application/json", Buffer = JsonSerializer.SerializeToUtf8Bytes(vote, CanonicalJson.Options) });
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign and vote" }).ClickAsync();
        await page.ShowsAsync("Your vote is on the chain.");
    }

    /// <summary>Goal: who has no scripts reads all that others read. Method: every page, as whoever sees it, has its heading, waits for nothing, and shows nothing that only a script could work.</summary>
    [Fact]
    public async Task Every_page_is_read_without_scripts()
    {
        foreach (var (who, paths) in AccessibilityTests.Pages)
        {
            var page = await OpenAsync(who);
            foreach (var path in paths.Select(path => AccessibilityTests.Fill(site, path)))
            {
                await page.GotoAsync(path);
                Assert.True(await page.Locator("h1").First.IsVisibleAsync(), $"{path} has no heading");
                Assert.Equal(0, await page.Locator(".loading:visible, .needs-script:visible").CountAsync());
            }

            await page.Context.CloseAsync();
        }
    }

    /// <summary>Goal: a patient decides without scripts. Method: all steps; she downloads what is to be signed, signs it here, and uploads the record.</summary>
    [Fact]
    public async Task A_patient_decides_with_an_uploaded_signature()
    {
        using var key = SigningKey.Create();
        var page = await OpenAsync("patient1");
        await page.GotoAsync($"/my-data/{Samples.Silo}/decide");
        for (var step = 0; step < 4; step++)
        {
            await page.Locator("main form .button").First.ClickAsync();
        }

        // The hospital's number is another than the page's; the page takes it up at the second sending.
        for (var sending = 0; sending < 2; sending++)
        {
            var body = JsonNode.Parse((await page.Locator("form[data-sign] input[name=body]").GetAttributeAsync("value"))!)!.AsObject();
            body["nonce"] = Nonce.New();
            await page.Locator("details.sign-elsewhere > summary").ClickAsync();
            var record = SignedRecord.Sign(CanonicalJson.Read<Directive>(body), key);
            await page.SetInputFilesAsync("input[name=signedFile]", new FilePayload { Name = "decision.json", MimeType = "application/json", Buffer = JsonSerializer.SerializeToUtf8Bytes(record, CanonicalJson.Options) });
            await page.ClickAsync("form[data-sign] > .button");
            if (await page.GetByText("Your decision is recorded at the hospital.").CountAsync() > 0)
            {
                return;
            }
        }

        Assert.Fail(await page.InnerTextAsync("main"));
    }

    /// <summary>Goal: a patient stops everything without scripts and without a key. Method: one page, one button.</summary>
    [Fact]
    public async Task A_patient_stops_everything_without_scripts()
    {
        var page = await OpenAsync("patient1");
        await page.GotoAsync("/my-data/stop");
        await page.GetByRole(AriaRole.Button, new() { Name = "Stop everything now" }).ClickAsync();
        await page.ShowsAsync("Stopped. The hospital has written it down.");
    }

    private async Task<IPage> OpenAsync(string who)
    {
        var page = await site.OpenAsync(new() { JavaScriptEnabled = false });
        if (who.Length > 0)
        {
            await page.SignInAsync(who);
        }

        return page;
    }
}
