using Microsoft.Playwright;
using Research.Api.Protocol;
using Research.Web.Tests.Hub;
using Silos.Ledger.Records;
using Xunit;

namespace Research.Web.Tests.Browser;

/// <summary>Each role from sign-in to its goal, in a real browser, against the fake hub.</summary>
public sealed class StoryTests(Site site)
{
    /// <summary>Goal: a stranger reads the first page and the catalogue without signing in. Method: fetch both; look for both hospitals and for complaints of the browser.</summary>
    [Fact]
    public async Task A_stranger_sees_the_first_page_and_both_hospitals()
    {
        var page = await site.OpenAsync();
        var heard = page.Complaints();
        var home = await page.GotoAsync("/");
        Assert.Equal(200, home!.Status);
        Assert.Equal(site.Url.ToString(), page.Url);
        await page.PictureAsync("home");
        await page.GotoAsync("/catalogue");
        await page.ShowsAsync("Serra Verde Hospital");
        await page.ShowsAsync("Santa Luzia Hospital");
        await page.PictureAsync("catalogue");
        await page.FillAsync("#q", "nothing has these words");
        await page.GetByText("No dataset has these words").WaitForAsync();
        await page.GotoAsync($"/catalogue/{Samples.Silo}/chronic-care");
        await page.PictureAsync("dataset");
        await page.GotoAsync("/how-it-works");
        await page.PictureAsync("how-it-works");
        Assert.Empty(heard);
    }

    /// <summary>Goal: a researcher applies, with keys made in the browser. Method: from the dataset's page to a submitted application; a missing summary is refused by name first.</summary>
    [Fact]
    public async Task A_researcher_applies()
    {
        var page = await site.OpenAsync();
        var heard = page.Complaints();
        await page.SignInAsync("researcher");
        await page.PictureAsync("desk-researcher");
        await page.GotoAsync($"/catalogue/{Samples.Silo}/chronic-care");
        await page.GetByRole(AriaRole.Link, new() { Name = "Apply for access" }).ClickAsync();
        await page.FillAsync("#title", "Control of diabetes");
        await page.GetByRole(AriaRole.Button, new() { Name = "Start the draft" }).ClickAsync();
        await page.SelectOptionAsync("#purpose", "DUO:0000042");
        await page.CheckAsync("input[name=user][value=non-profit]");
        await page.FillAsync("#country", "br");
        await page.FillAsync("#endDate", "2027-11-21");
        await page.Locator("[data-make-key=researcher-signing]").ClickAsync();
        await page.GetByText("Keep the file that was downloaded").WaitForAsync();
        await page.PictureAsync("application-form");
        await page.GetByRole(AriaRole.Button, new() { Name = "Submit" }).ClickAsync();
        await page.GetByText("laySummary: needed").WaitForAsync();
        Assert.Equal("Control of diabetes", await page.InputValueAsync("#title"));
        await page.FillAsync("#laySummary", "We want to know how well diabetes is controlled.");
        await page.GetByRole(AriaRole.Button, new() { Name = "Submit" }).ClickAsync();
        await page.GetByText("The application is submitted.").WaitForAsync();
        await page.PictureAsync("application");
        var made = site.Hub.Applications.Values.Single(one => one.Form.Title == "Control of diabetes");
        Assert.Equal(ApplicationState.Submitted, made.State);
        Assert.Equal("BR", made.Form.Country);
        Assert.False(made.Form.SigningKey!.Value.TryGetProperty("d", out _));
        Assert.DoesNotContain(heard, complaint => !complaint.Contains("422", StringComparison.Ordinal));
    }

    /// <summary>Goal: a board member links her key and signs her vote in the browser. Method: key file picked twice; the hub opens the vote with the verifier.</summary>
    [Fact]
    public async Task A_board_member_signs_her_vote()
    {
        var application = site.Hub.Put(Samples.Form, ApplicationState.UnderReview);
        using var key = SigningKey.Create();
        var page = await site.OpenAsync();
        var heard = page.Complaints();
        await page.SignInAsync("member1");
        await page.GotoAsync("/committee/key");
        await page.SetInputFilesAsync("[data-choose-key]", Steps.FileOf(key));
        await page.GetByText("The public part was taken from the file.").WaitForAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Link this key" }).ClickAsync();
        await page.GetByText("Your key is linked.").WaitForAsync();
        await page.GotoAsync("/committee");
        await page.PictureAsync("committee");
        await page.GotoAsync($"/applications/{application.Id}");
        await page.GetByLabel("Approve").CheckAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign and vote" }).ClickAsync();
        await page.GetByText("Choose your key file first.").WaitForAsync();
        await page.SetInputFilesAsync("[data-key-file]", Steps.FileOf(key));
        await page.PictureAsync("vote");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign and vote" }).ClickAsync();
        await page.GetByText("Your vote is on the chain.").WaitForAsync();
        Assert.Contains("vote", site.Hub.Opened);
        Assert.Empty(heard);
    }

    /// <summary>Goal: whoever is quicker than a slow line sends nothing unsigned, and does nothing twice by hand. Method: the page's script is held back until key and button were chosen, then let through.</summary>
    [Fact]
    public async Task A_member_who_is_quicker_than_the_pages_script_still_signs()
    {
        var application = site.Hub.Put(Samples.Form, ApplicationState.UnderReview);
        using var key = SigningKey.Create();
        var page = await site.OpenAsync();
        await page.SignInAsync("member1");
        var arrives = new TaskCompletionSource();
        await page.HoldScriptAsync(() => arrives.Task);
        await page.GotoAsync("/committee/key", new() { WaitUntil = WaitUntilState.Commit });
        await page.SetInputFilesAsync("[data-choose-key]", Steps.FileOf(key));
        arrives.SetResult();
        await page.AwaitAsync("text=The public part was taken from the file.");
        await page.GetByRole(AriaRole.Button, new() { Name = "Link this key" }).ClickAsync();
        await page.AwaitAsync("text=Your key is linked.");

        arrives = new TaskCompletionSource();
        await page.GotoAsync($"/applications/{application.Id}", new() { WaitUntil = WaitUntilState.Commit });
        await page.GetByLabel("Approve").CheckAsync();
        await page.SetInputFilesAsync("[data-key-file]", Steps.FileOf(key));
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign and vote" }).ClickAsync();
        arrives.SetResult();
        await page.AwaitAsync("text=Your vote is on the chain.");
    }

    /// <summary>Goal: a key that is made before the page's script came is the key that is sent. Method: the script is held back until both buttons were pressed, then let through.</summary>
    [Fact]
    public async Task A_key_that_was_made_before_the_pages_script_came_is_linked()
    {
        var page = await site.OpenAsync();
        await page.SignInAsync("member1");
        var arrives = new TaskCompletionSource();
        await page.HoldScriptAsync(() => arrives.Task);
        await page.GotoAsync("/committee/key", new() { WaitUntil = WaitUntilState.Commit });
        await page.Locator("[data-make-key]").ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Link this key" }).ClickAsync();
        arrives.SetResult();
        await page.AwaitAsync("text=Your key is linked.");
    }

    /// <summary>Goal: a researcher sees price and error, then asks, first with her key file and then without it. Method: preview, sign, answer twice; the second signature is the session key's.</summary>
    [Fact]
    public async Task A_researcher_sees_the_price_and_asks()
    {
        var page = await site.OpenAsync();
        var heard = page.Complaints();
        await page.SignInAsync("researcher");
        await page.GotoAsync("/ask");
        await page.GetByRole(AriaRole.Link, new() { Name = "HbA1c control" }).ClickAsync();
        await page.SelectOptionAsync("#r0a", "age");
        await page.FillAsync("#r0l", "18");
        await page.PictureAsync("ask");
        await page.GetByRole(AriaRole.Button, new() { Name = "Show price and error" }).ClickAsync();
        await page.GetByText("Before you ask").WaitForAsync();
        await page.PictureAsync("preview");
        await page.SetInputFilesAsync("[data-key-file]", Steps.FileOf(Samples.ResearcherKey));
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign and ask" }).ClickAsync();
        await page.AwaitAsync("#answer", heard);
        await page.ShowsAsync("not shown: too few");
        await page.Locator("[data-chart] canvas").First.WaitForAsync();
        await page.PictureAsync("answer");
        await page.GetByRole(AriaRole.Button, new() { Name = "Show price and error" }).ClickAsync();
        await page.GetByText("without choosing the file again").WaitForAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign and ask" }).ClickAsync();
        await page.AwaitAsync("#answer", heard);
        Assert.True(site.Hub.Opened.Count(type => type == "delegation") >= 2);
        var download = await page.RunAndWaitForDownloadAsync(() => page.GetByRole(AriaRole.Button, new() { Name = "Download answer and receipt" }).ClickAsync());
        Assert.Equal(Samples.Answer, await File.ReadAllTextAsync((await download.PathAsync())!));
        Assert.Empty(heard);
    }

    /// <summary>Goal: anybody checks the log in her own browser. Method: open an entry and the whole page; both say that the proofs hold.</summary>
    [Fact]
    public async Task Anybody_checks_the_log()
    {
        var page = await site.OpenAsync();
        var heard = page.Complaints();
        await page.GotoAsync("/ledger/5");
        await page.GetByText("Checked in your browser").WaitForAsync();
        await page.PictureAsync("entry");
        await page.GotoAsync("/ledger");
        await page.GetByRole(AriaRole.Button, new() { Name = "Check every line" }).ClickAsync();
        await page.GetByText("Every line is in the signed tree.").WaitForAsync();
        await page.PictureAsync("ledger");
        Assert.Empty(heard);
    }

    /// <summary>Goal: a patient decides question by question, signs, and later stops everything. Method: a sample patient who decided twice before; the silo's number for her next decision is taken up by the page.</summary>
    [Fact]
    public async Task A_patient_decides_and_stops_everything()
    {
        using var key = SigningKey.Create();
        var page = await site.OpenAsync(new() { ViewportSize = new() { Width = 390, Height = 844 } });
        var heard = page.Complaints();
        await page.SignInAsync("patient1");
        await page.GotoAsync("/my-data");
        await page.PictureAsync("my-data-phone");
        await page.GetByRole(AriaRole.Link, new() { Name = "Decide" }).ClickAsync();
        await page.PictureAsync("decide-phone");
        await page.GetByLabel("Any research that the ethics board permits").CheckAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Next" }).ClickAsync();
        await page.GetByLabel("Only those who do not work for profit").CheckAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Next" }).ClickAsync();
        await page.GetByLabel("Numbers, and anonymized files").CheckAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Next" }).ClickAsync();
        await page.GetByLabel("Until I change it").CheckAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Next" }).ClickAsync();
        await page.AwaitAsync("text=Is this what you want?", heard);
        await page.PictureAsync("sign-decision-phone");
        await SignAsync(page, key);
        var decided = CanonicalJson.Read<Directive>(System.Text.Json.Nodes.JsonNode.Parse(site.Hub.Decisions.Single(body => body.Contains("\"language\":\"en\"", StringComparison.Ordinal) && body.Contains("\"file\"", StringComparison.Ordinal)))!);
        Assert.Equal(["DUO:0000042"], decided.Purposes);
        Assert.Equal(["non-profit"], decided.Users);
        Assert.Equal(["statistics", "file"], decided.Outputs);
        Assert.Null(decided.NotAfter);
        await page.PictureAsync("decided-phone");
        var receipt = await page.RunAndWaitForDownloadAsync(() => page.GetByRole(AriaRole.Button, new() { Name = "Download the signed decision" }).ClickAsync());
        Assert.Equal("signed-decision.json", receipt.SuggestedFilename);
        await page.GetByRole(AriaRole.Link, new() { Name = "Stop everything" }).First.ClickAsync();
        await page.PictureAsync("stop-phone");
        await page.GetByRole(AriaRole.Button, new() { Name = "Stop everything now" }).ClickAsync();
        await page.AwaitAsync("text=Stopped. The hospital has written it down.", heard);
        Assert.Contains(site.Hub.Decisions, body => body == "stopped everywhere");
        Assert.DoesNotContain(site.Hub.Asked, path => path.Contains("subject-1", StringComparison.Ordinal));
        Assert.Empty(heard);
    }

    /// <summary>Goal: a patient takes her signed history along, readable by nobody on the way, and has what is kept of her erased. Method: the answer is sealed to a key of the page and opened there; the erasure is signed and says what stays.</summary>
    [Fact]
    public async Task A_patient_takes_her_history_along_and_is_erased()
    {
        using var key = SigningKey.Create();
        var page = await site.OpenAsync(new() { ViewportSize = new() { Width = 390, Height = 844 } });
        var heard = page.Complaints();
        await page.SignInAsync("patient1");
        await page.GotoAsync("/my-data");
        await page.GetByRole(AriaRole.Link, new() { Name = "Move to another hospital" }).ClickAsync();
        await page.PicturesAsync("move");
        await page.SetInputFilesAsync("[data-key-file]", Steps.FileOf(key));
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign and get my history" }).ClickAsync();
        await page.AwaitAsync("text=Your history is here.", heard);
        var history = await page.RunAndWaitForDownloadAsync(() => page.GetByRole(AriaRole.Link, new() { Name = "Save my history" }).ClickAsync());
        Assert.Equal("""{"history":"of nothing"}""", await File.ReadAllTextAsync((await history.PathAsync())!));
        await page.PictureAsync("moved-phone");
        await page.GetByRole(AriaRole.Link, new() { Name = "Erase" }).ClickAsync();
        await page.AwaitAsync("text=Are you sure?", heard);
        await page.PicturesAsync("erase");
        await page.SetInputFilesAsync("[data-key-file]", Steps.FileOf(key));
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign and erase" }).ClickAsync();
        await page.AwaitAsync("text=Erased.", heard);
        Assert.Equal(2, site.Hub.Opened.Count(type => type == "consent-request"));
        Assert.Empty(heard);
    }

    /// <summary>Goal: a dataset is found by what it may be used for and by who answers for it, as one types. Method: facets with their counts, with and against the samples; the address keeps the choice, so that it can be handed on.</summary>
    [Fact]
    public async Task A_dataset_is_found_by_facets()
    {
        var page = await site.OpenAsync();
        await page.GotoAsync("/catalogue");
        Assert.Equal(Samples.Catalogue.Datasets.Count, await page.Locator("article.dataset").CountAsync());
        await page.SelectOptionAsync("#department", "Endocrinology");
        await page.AwaitAsync("article.dataset");
        await page.PicturesAsync("catalogue-facets");
        await page.GotoAsync("/catalogue?department=Dentistry");
        await page.AwaitAsync("text=Show all datasets");
        await page.GotoAsync("/catalogue?use=DUO:0000042&department=Cardiology");
        Assert.Equal("Cardiology", await page.InputValueAsync("#department"));
        Assert.Equal(Samples.Catalogue.Datasets.Count, await page.Locator("article.dataset").CountAsync());
        await page.Context.CloseAsync();
    }

    /// <summary>Goal: a researcher builds a cohort by rules on attributes and on history, reads it, and counts rule by rule as she pays for it. Method: two rules; three prices before anything is counted; the second count needs no file, and the first stays in sight.</summary>
    [Fact]
    public async Task A_researcher_builds_a_cohort_and_counts_on_demand()
    {
        var page = await site.OpenAsync();
        var heard = page.Complaints();
        await page.SignInAsync("researcher");
        await page.GotoAsync($"/ask/{Samples.PermitId}");
        await page.GetByRole(AriaRole.Link, new() { Name = "Build a cohort" }).ClickAsync();
        await page.SelectOptionAsync("#r0a", "age");
        await page.FillAsync("#r0l", "18");
        await page.SelectOptionAsync("#e0n", "true");
        await page.SelectOptionAsync("#e0k", "diagnosis");
        await page.FillAsync("#e0i", "E11");
        await page.FillAsync("#e0l", "2");
        await page.FillAsync("#e0d", "365");
        await page.PicturesAsync("cohort-form");
        await page.GetByRole(AriaRole.Button, new() { Name = "Show the cohort" }).ClickAsync();
        await page.AwaitAsync("text=Rule by rule", heard);
        await page.ShowsAsync("must not have diagnosis: E11, at least 2 times, within 365 days");
        await page.ShowsAsync("all 3 would cost");
        for (var step = 0; step < 2; step++)
        {
            await page.Locator("summary", new() { HasTextString = "Count up to here" }).First.ClickAsync();
            if (step == 0)
            {
                await page.SetInputFilesAsync("form[data-sign] >> nth=0 >> [data-key-file]", Steps.FileOf(Samples.ResearcherKey));
            }

            await page.GetByRole(AriaRole.Button, new() { Name = "Sign and count" }).First.ClickAsync();
            await page.AwaitAsync(step == 0 ? "text=About 1,000 patients" : "text=About 700 patients", heard);
        }

        await page.ShowsAsync("About 1,000 patients");
        await page.PicturesAsync("cohort");
        Assert.Empty(heard);
        await page.Context.CloseAsync();
    }

    private static async Task SignAsync(IPage page, SigningKey key)
    {
        await page.SetInputFilesAsync("[data-key-file]", Steps.FileOf(key));
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign and send" }).ClickAsync();
        await page.AwaitAsync("text=Your decision is recorded at the hospital.");
    }
}
