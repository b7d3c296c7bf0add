using Microsoft.Playwright;
using Research.Api.Protocol;
using Research.Web.Languages;
using Research.Web.Tests.Hub;
using Silos.Ledger.Records;
using Xunit;

namespace Research.Web.Tests.Browser;

/// <summary>Each role's way to its goal in Portuguese, on a telephone; the patient's is in <see cref="LanguageStoryTests"/>, all in English in <see cref="StoryTests"/>.</summary>
public sealed class PortugueseStoryTests(Site site)
{
    private static readonly Texts Words = new(Language.Find("pt-BR")!);

    /// <summary>Goal: a researcher applies and asks in Portuguese. Method: from the dataset's page to the submitted application; then price, signature and answer, with numbers as Brazil writes them.</summary>
    [Fact]
    public async Task A_researcher_applies_and_asks_in_Portuguese()
    {
        var page = await OpenAsync("researcher");
        var heard = page.Complaints();
        await page.GotoAsync($"/catalogue/{Samples.Silo}/chronic-care");
        await page.PictureAsync("pt-dataset");
        await page.GetByRole(AriaRole.Link, new() { Name = Words["dataset.apply"] }).ClickAsync();
        await page.FillAsync("#title", "Controle do diabetes");
        await page.GetByRole(AriaRole.Button, new() { Name = Words["new.start"] }).ClickAsync();
        await page.FillAsync("#laySummary", "Queremos saber se o diabetes está controlado.");
        await page.SelectOptionAsync("#purpose", "DUO:0000042");
        await page.Locator("[data-choose-key]").First.SetInputFilesAsync(Steps.FileOf(Samples.ResearcherKey));
        await page.AwaitAsync("text=" + Words["key.taken"], heard);
        await page.PicturesAsync("pt-application");
        await page.GetByRole(AriaRole.Button, new() { Name = Words["command.submit"] }).ClickAsync();
        await page.AwaitAsync("text=" + Words["done.submit"], heard);
        Assert.Contains(site.Hub.Applications.Values, one => one.Form is { Title: "Controle do diabetes", Language: "pt-BR" } && one.State == ApplicationState.Submitted);

        await page.GotoAsync($"/ask/{Samples.PermitId}");
        await page.GetByRole(AriaRole.Button, new() { Name = Words["ask.preview"] }).ClickAsync();
        await page.AwaitAsync("text=" + Words["preview.title"], heard);
        await page.ShowsAsync("ρ 0,006642");
        await page.PicturesAsync("pt-preview");
        await page.SetInputFilesAsync("[data-key-file]", Steps.FileOf(Samples.ResearcherKey));
        await page.GetByRole(AriaRole.Button, new() { Name = Words["ask.sign-and-ask"] }).ClickAsync();
        await page.AwaitAsync("#answer", heard);
        await page.ShowsAsync("1.023");
        await page.PicturesAsync("pt-answer");
        Assert.Empty(heard);
        await page.Context.CloseAsync();
    }

    /// <summary>Goal: a board member votes in Portuguese. Method: she links her key, opens the application from her inbox, and signs.</summary>
    [Fact]
    public async Task A_board_member_votes_in_Portuguese()
    {
        var application = site.Hub.Put(Samples.Form, ApplicationState.UnderReview);
        using var key = SigningKey.Create();
        var page = await OpenAsync("member1");
        var heard = page.Complaints();
        await page.GotoAsync("/committee/key");
        await page.SetInputFilesAsync("[data-choose-key]", Steps.FileOf(key));
        await page.AwaitAsync("text=" + Words["key.taken"], heard);
        await page.GetByRole(AriaRole.Button, new() { Name = Words["key.link"] }).ClickAsync();
        await page.AwaitAsync("text=" + Words["done.member-key"], heard);
        await page.GotoAsync("/committee");
        await page.PictureAsync("pt-committee");
        await page.GotoAsync($"/applications/{application.Id}");
        await page.GetByLabel(Words["decision.approve"], new() { Exact = true }).CheckAsync();
        await page.SetInputFilesAsync("[data-key-file]", Steps.FileOf(key));
        await page.PicturesAsync("pt-ballot");
        await page.GetByRole(AriaRole.Button, new() { Name = Words["ballot.sign-and-vote"] }).ClickAsync();
        await page.AwaitAsync("text=" + Words["done.votes"], heard);
        Assert.Empty(heard);
        await page.Context.CloseAsync();
    }

    /// <summary>Goal: a hospital reads its desk in Portuguese. Method: datasets with floors, departments touched, alarms and the statement in Brazil's way of writing money; then a code for a patient.</summary>
    [Fact]
    public async Task A_hospital_reads_its_desk_in_Portuguese()
    {
        var page = await OpenAsync("custodian1");
        var heard = page.Complaints();
        await page.GotoAsync("/hospital");
        await page.AwaitAsync("h1");
        await page.ShowsAsync("BRL 500,00");
        await page.FillAsync("#invite-subject", "subject-1");
        await page.GetByRole(AriaRole.Button, new() { Name = Words["invite.do"] }).ClickAsync();
        await page.AwaitAsync("text=K7QX-2M9P-44TA", heard);
        await page.PicturesAsync("pt-hospital");
        Assert.Empty(heard);
        await page.Context.CloseAsync();
    }

    /// <summary>Goal: an output checker looks at a file and refuses it in Portuguese. Method: choose the key, read the counts made in the browser, sign against the file.</summary>
    [Fact]
    public async Task An_output_checker_refuses_a_file_in_Portuguese()
    {
        var page = await OpenAsync("checker1");
        var heard = page.Complaints();
        await page.GotoAsync("/extracts/produced");
        await page.WaitForLoadStateAsync();
        await page.SetInputFilesAsync("[data-key-file]", Steps.FileOf(FakeExtracts.CheckerKey));
        await page.AwaitAsync("text=" + Words["check.opened"], heard);
        await page.PicturesAsync("pt-check");
        await page.CheckAsync("input[name=decision][value=reject]");
        await page.GetByRole(AriaRole.Button, new() { Name = Words["check.sign"] }).ClickAsync();
        await page.AwaitAsync("text=" + Words["done.checked"], heard);
        Assert.Contains(site.Hub.Extracts.Checks, check => check.Decision == OutputCheck.Reject);
        Assert.Empty(heard);
        await page.Context.CloseAsync();
    }

    /// <summary>Goal: an auditor reads the log and a line's proof in Portuguese. Method: filter by what was refused, open the first line's proof.</summary>
    [Fact]
    public async Task An_auditor_reads_the_log_in_Portuguese()
    {
        var page = await OpenAsync("auditor");
        var heard = page.Complaints();
        await page.GotoAsync("/audit");
        await page.SelectOptionAsync("#outcome", "refused");
        await page.GetByRole(AriaRole.Button, new() { Name = Words["audit.filter"] }).ClickAsync();
        await page.ArriveAsync("outcome=refused");
        await page.ShowsAsync(Words["outcome.refused"]);
        await page.PicturesAsync("pt-audit");
        await page.Locator("tbody a[href^='/proof/']").First.ClickAsync();
        await page.ArriveAsync("/proof/");
        await page.AwaitAsync("text=" + Words["ledger.proof-what"], heard);
        await page.PicturesAsync("pt-proof");
        Assert.Empty(heard);
        await page.Context.CloseAsync();
    }

    private async Task<IPage> OpenAsync(string who)
    {
        var page = await site.OpenAsync(new() { Locale = "pt-BR", ViewportSize = new() { Width = 390, Height = 844 } });
        await page.SignInAsync(who);
        Assert.Equal("pt-BR", await page.GetAttributeAsync("html", "lang"));
        return page;
    }
}
