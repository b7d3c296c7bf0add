using System.Text.Json.Nodes;
using Microsoft.Playwright;
using Research.Web.Languages;
using Silos.Ledger.Records;
using Xunit;

namespace Research.Web.Tests.Browser;

/// <summary>The pages in other languages than English.</summary>
public sealed class LanguageStoryTests(Site site)
{
    /// <summary>Goal: a browser's language is spoken without a redirect, until the person chooses another, who stays with it. Method: open the first page as a browser of each language; choose French in the last.</summary>
    [Fact]
    public async Task A_page_speaks_the_browsers_language_until_one_is_chosen()
    {
        foreach (var language in Language.All)
        {
            var page = await site.OpenAsync(new() { Locale = language.Tag });
            var answer = await page.GotoAsync("/");
            Assert.Equal(200, answer!.Status);
            Assert.Null(answer.Request.RedirectedFrom);
            Assert.Equal(language.Tag, await page.GetAttributeAsync("html", "lang"));
            Assert.Equal(new Texts(language)["home.title"], await page.InnerTextAsync("h1"));
            await page.PictureAsync("home-" + language.Tag);
            await page.SelectOptionAsync("#language", "fr");
            await page.Locator("html[lang=fr]").WaitForAsync();
            await page.GotoAsync("/catalogue");
            Assert.Equal("fr", await page.GetAttributeAsync("html", "lang"));
            await page.Context.CloseAsync();
        }
    }

    /// <summary>Goal: a patient decides in Portuguese, and what she signs names the language, the version and the very words that she read. Method: all steps by their Portuguese names, on a phone; the recorded directive's hash is that of the shown text.</summary>
    [Fact]
    public async Task A_patient_decides_in_Portuguese()
    {
        using var key = SigningKey.Create();
        var texts = new Texts(Language.Find("pt-BR")!);
        var page = await site.OpenAsync(new() { Locale = "pt-BR", ViewportSize = new() { Width = 390, Height = 844 } });
        var heard = page.Complaints();
        await page.SignInAsync("patient1");
        await page.GotoAsync("/my-data");
        await page.PictureAsync("my-data-pt-BR");
        await page.GetByRole(AriaRole.Link, new() { Name = texts["my.decide"], Exact = true }).ClickAsync();
        foreach (var answer in new[] { "decide.purpose.general", "decide.who.anybody", "decide.output.statistics", "decide.time.one-year" })
        {
            await page.GetByLabel(texts[answer], new() { Exact = true }).CheckAsync();
            await page.GetByRole(AriaRole.Button, new() { Name = texts["decide.next"] }).ClickAsync();
        }

        await page.AwaitAsync("text=" + texts["decide.check"], heard);
        Assert.Equal(texts["consent.text"], await page.InnerTextAsync("blockquote"));
        await page.SetInputFilesAsync("[data-key-file]", Steps.FileOf(key));
        await page.GetByRole(AriaRole.Button, new() { Name = texts["decide.sign-and-send"] }).ClickAsync();
        await page.AwaitAsync("text=" + texts["done.decided"], heard);
        await page.PictureAsync("decided-pt-BR");
        var signed = site.Hub.Decisions.Where(body => body.StartsWith('{')).Select(body => CanonicalJson.Read<Directive>(JsonNode.Parse(body)!)).Single(body => body.Text.Language == "pt-BR");
        Assert.Equal(Hash32.Of(texts["consent.text"]), signed.Text.Hash);
        Assert.Empty(heard);
    }
}
