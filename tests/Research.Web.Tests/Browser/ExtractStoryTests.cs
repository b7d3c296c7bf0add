using Microsoft.Playwright;
using Research.Web.Tests.Hub;
using Silos.Ledger.Records;
using Xunit;

namespace Research.Web.Tests.Browser;

/// <summary>A cohort file from asking to opening, and its check, in a real browser, against the fake hub.</summary>
public sealed class ExtractStoryTests(Site site)
{
    /// <summary>Goal: a researcher sees what a file takes before she signs, watches it being made, opens it in her browser, and saves the same bytes. Method: ask for two columns; the fake hub seals a real JWE; another key is refused first.</summary>
    [Fact]
    public async Task A_researcher_asks_for_a_file_watches_it_and_opens_it()
    {
        var page = await site.OpenAsync();
        var heard = page.Complaints();
        await page.SignInAsync("researcher");
        await page.GotoAsync("/extracts");
        await page.GetByRole(AriaRole.Link, new() { Name = "Request a file" }).ClickAsync();
        await page.UncheckAsync("input[value=hba1c]");
        await page.UncheckAsync("input[value=sbp]");
        await page.GetByRole(AriaRole.Button, new() { Name = "Show what it takes" }).ClickAsync();
        await page.AwaitAsync("text=Before you ask", heard);
        await page.ShowsAsync("k = 11");
        await page.ShowsAsync("1 file left");
        await page.PictureAsync("extract-preview");
        await page.SetInputFilesAsync("[data-key-file]", Steps.FileOf(Samples.ResearcherKey));
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign and ask for the file" }).ClickAsync();
        await page.ArriveAsync("/extracts/asked-");
        await page.AwaitAsync("text=Receive the file", heard);
        Assert.Contains(site.Hub.Extracts.Asked, one => one.Request == """{"attributes":["age","diagnoses","sex"]}""");

        using var stranger = SigningKey.Create();
        await page.SetInputFilesAsync("[data-unseal-key]", Steps.FileOf(stranger));
        await page.GetByRole(AriaRole.Button, new() { Name = "Download and open here" }).ClickAsync();
        await page.AwaitAsync("text=This key does not open the file.", heard);
        await page.SetInputFilesAsync("[data-unseal-key]", Steps.FileOf(FakeExtracts.FileKey));
        await page.GetByRole(AriaRole.Button, new() { Name = "Download and open here" }).ClickAsync();
        await page.AwaitAsync("text=Opened in your browser.", heard);
        Assert.Equal("63", await page.InnerTextAsync("[data-fill='file.rows']"));
        Assert.Equal("11", await page.InnerTextAsync("[data-fill='file.smallest']"));
        Assert.Contains("E11|<b>I10</b>", await page.InnerTextAsync("[data-file-table]"), StringComparison.Ordinal);
        await page.PictureAsync("extract-opened");
        var saved = await page.RunAndWaitForDownloadAsync(() => page.GetByRole(AriaRole.Link, new() { Name = "Save cohort.csv" }).ClickAsync());
        Assert.Equal(FakeExtracts.Csv, await File.ReadAllBytesAsync((await saved.PathAsync())!));
        var release = await page.RunAndWaitForDownloadAsync(() => page.GetByRole(AriaRole.Button, new() { Name = "Download sealed" }).ClickAsync());
        Assert.Equal("cohort.release.json", release.SuggestedFilename);
        Assert.Empty(heard);
    }

    /// <summary>Goal: a file that is withheld says "held" and nothing more. Method: the page of such a request, its whole text.</summary>
    [Fact]
    public async Task A_held_file_says_only_held()
    {
        var page = await site.OpenAsync();
        await page.SignInAsync("researcher");
        await page.GotoAsync("/extracts/held");
        Assert.Equal("held", await page.InnerTextAsync("#job"));
        await page.PictureAsync("extract-held");
    }

    /// <summary>Goal: a checker looks at exactly the bytes that she signs for, beside the report. Method: choose the key, read the counts made in the browser, sign; a stranger's key fetches nothing; the fake hub opens the record and compares the hash.</summary>
    [Fact]
    public async Task An_output_checker_looks_and_signs()
    {
        var page = await site.OpenAsync(new() { ViewportSize = new() { Width = 1280, Height = 900 } });
        var heard = page.Complaints();
        await page.SignInAsync("checker1");
        await page.GotoAsync("/extracts");
        await page.PictureAsync("extracts-checker");
        await page.GotoAsync("/extracts/produced");
        using var stranger = SigningKey.Create();
        await page.SetInputFilesAsync("[data-key-file]", Steps.FileOf(stranger));
        await page.AwaitAsync("text=The hospital gave no file for this key.");
        await heard.AwaitComplaintAsync("403");
        await page.SetInputFilesAsync("[data-key-file]", Steps.FileOf(FakeExtracts.CheckerKey));
        await page.AwaitAsync("text=What is in the file", heard);
        Assert.Equal("11", await page.InnerTextAsync("[data-fill='file.smallest']"));
        await page.PictureAsync("extract-check");
        await page.CheckAsync("input[name=decision][value=approve]");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign the check" }).ClickAsync();
        await page.AwaitAsync("text=Your check is recorded at the hospital.", heard);
        var check = site.Hub.Extracts.Checks.Single(check => check.Decision == OutputCheck.Approve);
        Assert.Equal(Hash32.Of(FakeExtracts.Csv), check.FileHash);
        Assert.Empty(heard);
    }

    /// <summary>Goal: what the browser opens is what the C# sealed, to the byte, and a changed or foreign one is refused. Method: a JWE of random bytes opened in the page; then with one character of the tag, of the header and of the key changed.</summary>
    [Fact]
    public async Task The_browser_opens_what_was_sealed_and_nothing_that_was_changed()
    {
        var page = await site.OpenAsync();
        await page.GotoAsync("/");
        using var key = SigningKey.Create();
        using var other = SigningKey.Create();
        var file = Enumerable.Range(0, 70_001).Select(i => (byte)(i * 31)).ToArray();
        string Jwk(SigningKey of) => System.Text.Encoding.UTF8.GetString(Steps.FileOf(of).Buffer!);
        var outcome = await page.EvaluateAsync<string[]>(
            """
            async ({ jwe, own, foreign }) => {
              const { unseal } = await import('/sealed.js');
              const { sha256, toBase64Url } = await import('/canonical.js');
              const flip = place => jwe.split('.').map((part, i) => i === place ? part.slice(0, 5) + (part[5] === 'A' ? 'B' : 'A') + part.slice(6) : part).join('.');
              const attempt = (sealed, key) => unseal(sealed, key).then(() => 'opened', () => 'refused');
              return [toBase64Url(await sha256(await unseal(jwe, own))), await attempt(flip(4), own), await attempt(flip(3), own), await attempt(flip(2), own), await attempt(jwe, foreign), await attempt(jwe + '.x', own)];
            }
            """,
            new { jwe = SealedFile.Seal(file, key.Public), own = Jwk(key), foreign = Jwk(other) });
        Assert.Equal([Hash32.Of(file).ToString(), "refused", "refused", "refused", "refused", "refused"], outcome);
    }
}
