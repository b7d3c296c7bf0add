using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Playwright;
using Research.Web.Tests.Hub;
using Silos.Ledger.Records;
using Xunit;

namespace Research.Web.Tests.Browser;

/// <summary>Loads and quality reports, as a hospital's officer meets them.</summary>
public sealed class HospitalStoryTests(Site site)
{
    private static readonly string Exact = JsonNode.Parse(SampleLoads.Quality)!["report"]!["patients"]!.ToString();

    /// <summary>Goal: an officer follows loads, starts one, and learns why one cannot begin. Method: every state of a load in sight; a folder that is not there is refused with its reason and can be mended; what is signed is what was shown.</summary>
    [Fact]
    public async Task An_officer_follows_loads_and_starts_one()
    {
        using var key = SigningKey.Create();
        var page = await site.OpenAsync(new() { ViewportSize = new() { Width = 1280, Height = 900 } });
        await page.SignInAsync("custodian1");
        await page.GotoAsync("/loads");
        foreach (var text in new[] { "42 % read", "reading", "published", "failed", "Santa Luzia Hospital does not answer just now." })
        {
            await page.ShowsAsync(text);
        }

        Assert.Equal("42", await page.Locator("#loads progress").GetAttributeAsync("value"));
        await page.PicturesAsync("loads");
        await page.FillAsync("#folder", "/nowhere");
        await page.GetByRole(AriaRole.Button, new() { Name = "Show what is to be signed" }).ClickAsync();
        await page.AwaitAsync("text=Is this what you want loaded?");
        await page.PicturesAsync("loads-review");
        await page.WaitForLoadStateAsync();
        await page.SetInputFilesAsync("[data-key-file]", Steps.FileOf(key));
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign and load" }).ClickAsync();
        await page.AwaitAsync("text=folder: '/nowhere' is not there");
        Assert.Equal("/nowhere", await page.InputValueAsync("#folder"));

        await page.FillAsync("#folder", "/srv/exports/2026-11");
        await page.GetByRole(AriaRole.Button, new() { Name = "Show what is to be signed" }).ClickAsync();
        await page.AwaitAsync("text=Is this what you want loaded?");
        await page.WaitForLoadStateAsync();
        await page.SetInputFilesAsync("[data-key-file]", Steps.FileOf(key));
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign and load" }).ClickAsync();
        await page.AwaitAsync("text=The load has begun.");
        var asked = site.Hub.OfficerRequests.Single(request => request.Folder == "/srv/exports/2026-11");
        Assert.Equal((Samples.Silo, "chronic-care", null, null), (asked.Silo.ToString(), asked.Dataset, asked.Definition, asked.ReferenceDate));
        await page.Context.CloseAsync();
    }

    /// <summary>Goal: an officer reads a quality report, and neither hub nor web server can. Method: sign; the figures, reasons and positions are on the page as text; no byte that came from the server holds the exact number of patients; the report is saved as it was sealed.</summary>
    [Fact]
    public async Task An_officer_reads_a_quality_report_that_the_server_cannot_read()
    {
        using var key = SigningKey.Create();
        var page = await site.OpenAsync(new() { ViewportSize = new() { Width = 1280, Height = 900 } });
        var heard = page.Complaints();
        List<string> came = [];
        page.Response += async (_, response) =>
        {
            if (response.Request.Method == "POST" && response.Url.Contains("/loads/", StringComparison.Ordinal))
            {
                came.Add(await response.TextAsync());
            }
        };
        await page.SignInAsync("custodian1");
        await page.GotoAsync("/loads");
        await page.GetByRole(AriaRole.Link, new() { Name = "Read the quality report – Chronic care in Minas Gerais" }).First.ClickAsync();
        await page.AwaitAsync("text=The report holds exact counts");
        await page.PicturesAsync("quality-sign");
        await page.WaitForLoadStateAsync();
        await page.SetInputFilesAsync("[data-key-file]", Steps.FileOf(key));
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign and read the report" }).ClickAsync();
        await page.AwaitAsync("text=Opened in your browser.", heard);
        foreach (var text in new[] { "73,519", "412,008", "72.3", "81.9%", "the id came before", "<b>refers to an absent patient</b>", "no view asks for it", "the gzip stream ends early", "/srv/exports/2026-11", "215" })
        {
            await page.ShowsAsync(text);
        }

        Assert.Equal("2", await page.InnerTextAsync("[data-part=reasons] tbody tr:first-child td"));
        await page.PicturesAsync("quality");
        var save = await page.RunAndWaitForDownloadAsync(() => page.GetByRole(AriaRole.Link, new() { Name = "Save the report (JSON)" }).ClickAsync());
        Assert.Equal(SampleLoads.Quality, await File.ReadAllTextAsync((await save.PathAsync())!));
        Assert.NotEmpty(came);
        Assert.DoesNotContain(came, body => body.Contains(Exact, StringComparison.Ordinal) || body.Contains("the id came before", StringComparison.Ordinal));
        Assert.Empty(heard);
        await page.Context.CloseAsync();
    }

    /// <summary>Goal: without scripts an officer signs elsewhere, for a load and for a report, and opens the report elsewhere. Method: upload records that were signed here; the report on the page is sealed to the key that signed.</summary>
    [Fact]
    public async Task An_officer_without_scripts_signs_and_opens_elsewhere()
    {
        using var key = SigningKey.Create();
        var page = await site.OpenAsync(new() { JavaScriptEnabled = false });
        await page.SignInAsync("custodian1");
        await page.GotoAsync("/loads");
        await page.ShowsAsync("Look again");
        await page.FillAsync("#folder", "/srv/exports/by-hand");
        await page.FillAsync("#definition", "/srv/exports/own.dataset.json");
        await page.GetByRole(AriaRole.Button, new() { Name = "Show what is to be signed" }).ClickAsync();
        await SignElsewhereAsync(page, key, "Sign and load");
        await page.ShowsAsync("The load has begun.");
        var asked = site.Hub.OfficerRequests.Single(request => request.Folder == "/srv/exports/by-hand");
        Assert.Equal((null, "/srv/exports/own.dataset.json"), (asked.Dataset, asked.Definition));

        await page.GotoAsync($"/loads/{Samples.Silo}/chronic-care");
        await SignElsewhereAsync(page, key, "Sign and read the report");
        var jwe = await page.InnerTextAsync("pre.json >> nth=0");
        Assert.Equal(SampleLoads.Quality, Encoding.UTF8.GetString(SealedFile.Open(jwe.Trim(), key)));
        await page.Context.CloseAsync();
    }

    /// <summary>Goal: a hospital sees how many patients permit a use, with its error in words and the line of the budget that pays for it,, and no exact count. Method: a figure, one too small, one without a permit, a hospital that does not answer.</summary>
    [Fact]
    public async Task A_hospital_sees_consent_figures_with_their_error_and_budget()
    {
        var page = await site.OpenAsync(new() { ViewportSize = new() { Width = 1280, Height = 900 } });
        await page.SignInAsync("custodian1");
        await page.GotoAsync("/hospital");
        foreach (var text in new[] { "About 1,893 of about 2,000 patients permit this. In 95 of 100 cases the true number lies from 1,810 to 1,976.", "Too few patients permit this", "ρ 0.0003", "32 more counts", "0 more counts", "Waits for the board", "its consent figures are missing here" })
        {
            await page.ShowsAsync(text);
        }

        await page.PicturesAsync("hospital-consents");
        await page.Context.CloseAsync();
    }

    /// <summary>Goal: who has no hospital here is told what to do, and nobody else sees loads. Method: a custodian of no hospital; an auditor; another hospital's report; a hub that is down.</summary>
    [Fact]
    public async Task Loads_are_the_own_hospitals_alone()
    {
        var page = await site.OpenAsync();
        await page.SignInAsync("custodian2");
        await page.GotoAsync("/loads");
        await page.ShowsAsync("No hospital is yours here");
        Assert.Equal(403, (await page.GotoAsync($"/loads/{Samples.Silo}/chronic-care"))!.Status);
        Assert.Equal(0, await page.Locator("form[data-sign]").CountAsync());

        var other = await site.OpenAsync();
        await other.SignInAsync("auditor");
        Assert.Equal(403, (await other.GotoAsync("/loads"))!.Status);
        Assert.Equal(403, (await other.GotoAsync($"/loads/{Samples.Silo}/chronic-care"))!.Status);
        Assert.DoesNotContain("/loads", await other.Locator("nav").First.InnerHTMLAsync(), StringComparison.Ordinal);
        await page.Context.CloseAsync();
        await other.Context.CloseAsync();
    }

    private static async Task SignElsewhereAsync(IPage page, SigningKey key, string button)
    {
        var body = JsonNode.Parse((await page.Locator("form[data-sign] input[name=body]").GetAttributeAsync("value"))!)!.AsObject();
        body["nonce"] = Nonce.New();
        await page.Locator("details.sign-elsewhere > summary").ClickAsync();
        var record = SignedRecord.Sign(CanonicalJson.Read<OfficerRequest>(body), key);
        await page.SetInputFilesAsync("input[name=signedFile]", new FilePayload { Name = "request.json", MimeType = "application/json", Buffer = JsonSerializer.SerializeToUtf8Bytes(record, CanonicalJson.Options) });
        await page.GetByRole(AriaRole.Button, new() { Name = button }).ClickAsync();
    }
}
