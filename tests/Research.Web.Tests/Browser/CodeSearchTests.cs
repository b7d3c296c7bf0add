using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Research.Web.Tests.Hub;
using Xunit;

namespace Research.Web.Tests.Browser;

/// <summary>Codes with hierarchy search in the cohort builder and on the ask page (R3).</summary>
public sealed class CodeSearchTests(Site site)
{
    private const string Diabetes = "E10, E11, E12, E13, E14";

    /// <summary>Goal: typing finds codes, and a parent takes its children. Method: in two searches of one rule on attributes and one of a rule on events, each by typing alone; what was ticked before is listed, is not offered twice, and stands in the cohort.</summary>
    [Fact]
    public async Task Codes_are_found_while_typing_and_a_parent_takes_its_children()
    {
        var page = await site.OpenAsync(new() { ViewportSize = new() { Width = 1280, Height = 900 } });
        var heard = page.Complaints();
        await page.SignInAsync("researcher");
        await page.GotoAsync($"/cohort/{Samples.PermitId}");
        await page.SelectOptionAsync("#r0a", "diagnoses");
        await page.Locator("#r0i-find").PressSequentiallyAsync("diab");
        await page.AwaitAsync("#r0i-list >> text=diabetes type 2", heard);
        await page.PicturesAsync("codes");
        await page.GetByLabel("E10-E14 diabetes in E00-E90").CheckAsync();
        await page.FillAsync("#r0i-find", "i1");
        await page.AwaitAsync("#r0i-list >> text=high blood pressure", heard);
        Assert.Equal(Diabetes, await page.InputValueAsync("#r0i"));
        await page.FillAsync("#r0i-find", "diabetes");
        await page.AwaitAsync("#r0i-list >> text=diabetes type 2", heard);
        Assert.True(await page.GetByLabel("E11 diabetes type 2").IsDisabledAsync());
        await page.SelectOptionAsync("#e0k", "diagnosis");
        await page.FillAsync("#e0i-find", "E11");
        await page.Locator("#e0i-list input[type=checkbox]").CheckAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Show the cohort" }).ClickAsync();
        await page.AwaitAsync("text=must have Diagnoses (ICD-10): " + Diabetes, heard);
        await page.ShowsAsync("must have diagnosis: E11");
        Assert.Empty(heard);
        await page.Context.CloseAsync();
    }

    /// <summary>Goal: who has no scripts searches too. Method: the button beside the field, on both pages; typed rows stay where they are, nothing is priced by a search, a number has no codes, and what is typed comes back as text.</summary>
    [Theory]
    [InlineData("cohort", "Show the cohort")]
    [InlineData("ask", "Show price and error")]
    public async Task Codes_are_found_without_scripts(string form, string send)
    {
        const string Planted = "<script>document.title='planted'</script>";
        var page = await site.OpenAsync(new() { JavaScriptEnabled = false });
        await page.SignInAsync("researcher");
        await page.GotoAsync($"/{form}/{Samples.PermitId}");
        await page.SelectOptionAsync("#r1a", "diagnoses");
        await page.FillAsync("#r1i", "O24");
        await FindAsync(page, "r1i", "diabetes");
        await page.ShowsAsync("A range takes all that lies below it.");
        Assert.Equal("O24", await page.InputValueAsync("#r1i"));
        await page.GetByLabel("E10-E14 diabetes").CheckAsync();
        await FindAsync(page, "r1i", Planted);
        await page.ShowsAsync("Nothing fits.");
        Assert.Equal((Planted, 0), (await page.InputValueAsync("#r1i-find"), await page.Locator("main script").CountAsync()));
        Assert.Equal("O24, " + Diabetes, await page.InputValueAsync("#r1i"));
        await page.SelectOptionAsync("#r0a", "age");
        await FindAsync(page, "r0i", "1");
        await page.ShowsAsync("Choose first what the rule is about");
        Assert.Equal(0, await page.GetByText("Before you ask").CountAsync());
        await page.FillAsync("#r0l", "18");
        await page.GetByRole(AriaRole.Button, new() { Name = send }).ClickAsync();
        await Assertions.Expect(page).Not.ToHaveURLAsync(new Regex("find="), new() { Timeout = Steps.Patience });
        Assert.Equal("O24, " + Diabetes, await page.InputValueAsync("#r1i"));
        await page.Context.CloseAsync();
    }

    private static async Task FindAsync(IPage page, string rule, string text)
    {
        await page.FillAsync($"#{rule}-find", text);
        await page.Locator($"#{rule}-find + button").ClickAsync();
    }
}
