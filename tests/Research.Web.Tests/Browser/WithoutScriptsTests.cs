using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Playwright;
using Research.Api.Protocol;
using Research.Web.Tests.Hub;
using Silos.Ledger.Records;
using Xunit;

namespace Research.Web.Tests.Browser;

/// <summary>With scripts off: reading, applying, voting with an uploaded signature and opting out; and markup that people type stays text.</summary>
public sealed class WithoutScriptsTests(Site site)
{
    private const string Planted = "<script>document.title='planted'</script>";

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

    /// <summary>Goal: a patient stops everything without scripts and without a key. Method: one page, one button.</summary>
    [Fact]
    public async Task A_patient_stops_everything_without_scripts()
    {
        var page = await OpenAsync("patient1");
        await page.GotoAsync("/my-data/stop");
        await page.GetByRole(AriaRole.Button, new() { Name = "Stop everything now" }).ClickAsync();
        await page.ShowsAsync("Stopped. The hospital has written it down.");
    }

    /// <summary>Goal: what people type is text, wherever it shows again. Method: a script planted in every field of every form of every page, sent with scripts off; no answer holds it as markup.</summary>
    [Fact]
    public async Task A_script_planted_in_any_field_is_shown_as_text()
    {
        var sent = 0;
        foreach (var (who, paths) in AccessibilityTests.Pages)
        {
            var page = await OpenAsync(who);
            foreach (var path in paths.Select(path => AccessibilityTests.Fill(site, path)))
            {
                await page.GotoAsync(path);
                var forms = await page.Locator("main form").CountAsync();
                for (var i = 0; i < forms; i++)
                {
                    var answer = await SendAsync(page.Locator("main form").Nth(i));
                    Assert.False(answer.Contains(Planted, StringComparison.Ordinal), $"form {i} of {path} gives it back as markup");
                    sent++;
                }
            }

            await page.Context.CloseAsync();
        }

        Assert.True(sent > 30, $"only {sent} forms were sent");
    }

    /// <summary>Sends the form's fields as a browser would, but whatever its rules for values say.</summary>
    private static async Task<string> SendAsync(ILocator form)
    {
        var action = await form.GetAttributeAsync("action") ?? form.Page.Url;
        var method = await form.GetAttributeAsync("method") ?? "get";
        List<KeyValuePair<string, string>> typed = [];
        foreach (var field in await form.Locator("input[name], textarea[name], select[name]").AllAsync())
        {
            var type = await field.GetAttributeAsync("type");
            var value = type is "hidden" or "radio" or "checkbox" ? await field.GetAttributeAsync("value") ?? "" : type is "file" or "date" ? "" : Planted;
            typed.Add(new((await field.GetAttributeAsync("name"))!, value));
        }

        var url = new Uri(new Uri(form.Page.Url), action);
        using var content = new FormUrlEncodedContent(typed.Where(field => method == "post" || field.Key != "__RequestVerificationToken"));
        var body = await content.ReadAsStringAsync();
        var request = form.Page.Context.APIRequest;
        var answer = method == "post"
            ? await request.PostAsync(url.ToString(), new() { DataString = body, Headers = new Dictionary<string, string> { ["content-type"] = "application/x-www-form-urlencoded" }, MaxRedirects = 5 })
            : await request.GetAsync(url.GetLeftPart(UriPartial.Path) + "?" + body);
        return await answer.TextAsync();
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
