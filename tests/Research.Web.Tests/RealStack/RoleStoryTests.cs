using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Playwright;
using Research.Web.Tests.Browser;
using Silos.Ledger.Records;
using Story;
using Xunit;

namespace Research.Web.Tests.RealStack;

/// <summary>Each role from sign-in to its goal, in a real browser, on the real stack: chain, witnesses, silos, hub, web.</summary>
[Collection(RunningStack.Name)]
public sealed class RoleStoryTests(Site site, RunningStack running)
{
    /// <summary>Goal: the main job by people alone: a researcher applies, two board members vote (one with her key file in the browser, one with a signature made elsewhere), the researcher sees the charge, asks, and her receipt verifies. Method: four browsers; verify as a stranger on what was downloaded.</summary>
    [Fact]
    public async Task A_researcher_applies_the_board_votes_and_the_answer_verifies()
    {
        var researcher = await running.OpenAsync(site, "researcher");
        var heard = researcher.Complaints();
        var application = await ApplyAsync(researcher);
        await OpenTheVoteAndVoteAsync(application);
        await VoteElsewhereAsync(application);
        await PayAsync(researcher, heard);

        await researcher.GotoAsync("/ask");
        await researcher.GetByRole(AriaRole.Link, new() { Name = "Blood pressure by sex" }).First.ClickAsync();
        await researcher.SelectOptionAsync("#r0a", "age");
        await researcher.FillAsync("#r0l", "18");
        await researcher.CheckAsync("input[name=groupBy][value=sex]");
        await researcher.GetByRole(AriaRole.Button, new() { Name = "Show price and error" }).ClickAsync();
        await researcher.AwaitAsync("text=Before you ask", heard);
        await researcher.ShowsAsync("ρ 0.006642");
        await researcher.PicturesAsync("real-ask-preview");
        await researcher.SetInputFilesAsync("[data-key-file]", running.KeyFile("researcher"));
        await researcher.GetByRole(AriaRole.Button, new() { Name = "Sign and ask" }).ClickAsync();
        await researcher.AwaitAsync("#answer", heard);
        await researcher.Locator("[data-chart] canvas").First.WaitForAsync();
        await researcher.PicturesAsync("real-answer");
        var download = await researcher.RunAndWaitForDownloadAsync(() => researcher.GetByRole(AriaRole.Button, new() { Name = "Download answer and receipt" }).ClickAsync());
        var (code, output) = await Programs.VerifyAsync("receipt", (await download.PathAsync())!, "--rpc", running.Stack.ChainUrl.ToString());
        Assert.True(code == 0, output);
        Assert.Empty(heard);
        await researcher.Context.CloseAsync();
        Assert.Empty(running.Leaks());
    }

    /// <summary>Goal: a cohort file by people alone: asked for with what it takes in sight, checked by two, opened in the browser, verified by a stranger; and a second file that would single out who left says "held" and nothing more. Method: three browsers; three patients opt out between the files.</summary>
    [Fact]
    public async Task A_file_is_asked_for_checked_by_two_opened_and_verified()
    {
        var permit = await running.PermitAsync();
        var researcher = await running.OpenAsync(site, "researcher");
        var heard = researcher.Complaints();
        await AskForFileAsync(researcher, permit, heard);
        await researcher.PicturesAsync("real-file-made");
        for (var number = 1; number <= 2; number++)
        {
            await CheckAsync(new Uri(researcher.Url).AbsolutePath, number);
        }

        await researcher.AwaitAsync("text=Receive the file", heard);
        await researcher.SetInputFilesAsync("[data-unseal-key]", running.KeyFile("researcher-files"));
        await researcher.GetByRole(AriaRole.Button, new() { Name = "Download and open here" }).ClickAsync();
        await researcher.AwaitAsync("text=Opened in your browser.", heard);
        Assert.True(int.Parse(await researcher.InnerTextAsync("[data-fill='file.smallest']"), System.Globalization.CultureInfo.InvariantCulture) >= 11);
        await researcher.PicturesAsync("real-file-opened");
        var cohort = await researcher.RunAndWaitForDownloadAsync(() => researcher.GetByRole(AriaRole.Link, new() { Name = "Save cohort.csv" }).ClickAsync());
        var release = await researcher.RunAndWaitForDownloadAsync(() => researcher.GetByRole(AriaRole.Link, new() { Name = "Save manifest and receipt" }).ClickAsync());
        var (code, output) = await Programs.VerifyAsync("file", (await cohort.PathAsync())!, "--release", (await release.PathAsync())!, "--rpc", running.Stack.ChainUrl.ToString());
        Assert.True(code == 0, output);

        await running.Hospital.DecideAsync([.. running.Hospital.Patients.Where(patient => patient.Value.Sequence > 0).Select(patient => patient.Key).Skip(10).Take(3)], Directive.Deny, TimeProvider.System.GetUtcNow());
        await AskForFileAsync(researcher, permit, heard, without: "sbp");
        Assert.Equal("held", await researcher.InnerTextAsync(".badge.stop"));
        await researcher.PicturesAsync("real-file-held");
        Assert.Empty(heard);
        await researcher.Context.CloseAsync();
        Assert.Empty(running.Leaks());
    }

    /// <summary>Goal: a patient takes up her hospital's code, decides, signs, sees who used the records there and what was refused, and stops everything. Method: on a phone; a question that was answered and one that was refused lie before; the hospital's next snapshot is another.</summary>
    [Fact]
    public async Task A_patient_decides_sees_the_uses_and_the_refusals_and_stops()
    {
        var permit = await running.PermitAsync();
        const string Count = """{"measures":[{"kind":"count"}],"loss":{"epsilon":0.5,"delta":1e-6}}""";
        Assert.True((await running.Researcher.AskAsync(permit, running.Dataset.Silo, running.Dataset.Dataset, Count)).Ok);
        Assert.False((await running.Researcher.AskAsync(permit, running.Dataset.Silo, running.Dataset.Dataset, Count.Replace("0.5", "3", StringComparison.Ordinal))).Ok);
        var code = await SamplePatient.InviteAsync(running.Stack, running.Hospital, 1);

        var page = await running.OpenAsync(site, "patient1", width: 390);
        var heard = page.Complaints();
        await page.GotoAsync("/my-data");
        await page.FillAsync("#code", code);
        await page.GetByRole(AriaRole.Button, new() { Name = "Link", Exact = true }).ClickAsync();
        await page.AwaitAsync("text=The hospital is linked to your account.", heard);
        await page.AwaitAsync(".badge.stop:has-text('refused')", heard);
        await page.AwaitAsync(".badge.good:has-text('question answered')", heard);
        await page.PicturesAsync("real-my-data");
        await page.GetByRole(AriaRole.Link, new() { Name = "Decide" }).ClickAsync();
        await page.PicturesAsync("real-decide");
        foreach (var answer in new[] { "Any research that the ethics board permits", "Companies too", "Numbers, and anonymized files", "Five years" })
        {
            await page.GetByLabel(answer).CheckAsync();
            await page.GetByRole(AriaRole.Button, new() { Name = "Next" }).ClickAsync();
        }

        await page.AwaitAsync("text=Is this what you want?", heard);
        await page.PicturesAsync("real-sign-decision");
        await page.SetInputFilesAsync("[data-key-file]", running.KeyFile("patient-1"));
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign and send" }).ClickAsync();
        await page.AwaitAsync("text=Your decision is recorded at the hospital.", heard);
        await page.PicturesAsync("real-decision-receipt");
        await page.GetByRole(AriaRole.Link, new() { Name = "Stop everything" }).First.ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Stop everything now" }).ClickAsync();
        await page.AwaitAsync("text=Stopped. The hospital has written it down.", heard);
        await page.PicturesAsync("real-stopped");
        await page.GotoAsync("/my-data");
        await page.GetByRole(AriaRole.Link, new() { Name = "Open the proof of entry" }).First.ClickAsync();
        await page.AwaitAsync("text=Checked in your browser", heard);
        Assert.Empty(heard);
        await page.Context.CloseAsync();
        Assert.Empty(running.Leaks());
    }

    /// <summary>Goal: anybody checks the hub's log, and the auditor every hospital's, line by line in her own browser. Method: both pages after real work; every proof is computed from the bytes that the logs gave.</summary>
    [Fact]
    public async Task Anybody_checks_the_log_and_the_auditor_every_hospitals()
    {
        await running.PermitAsync();
        var page = await running.OpenAsync(site, null);
        var heard = page.Complaints();
        await page.GotoAsync("/ledger");
        await page.GetByRole(AriaRole.Button, new() { Name = "Check every line" }).ClickAsync();
        await page.AwaitAsync("text=Every line is in the signed tree.", heard);
        await page.PicturesAsync("real-ledger");
        await page.GotoAsync("/register");
        await page.PicturesAsync("real-register");
        await page.Context.CloseAsync();

        var auditor = await running.OpenAsync(site, "auditor");
        auditor.Console += (_, message) => heard.Add(message.Type == "error" ? message.Text : "");
        await auditor.GotoAsync("/audit");
        await auditor.AwaitAsync("td:has-text('Hospital')");
        await auditor.GetByRole(AriaRole.Button, new() { Name = "Check every line" }).ClickAsync();
        await auditor.AwaitAsync("text=Every line is in the signed tree.", heard);
        await auditor.PicturesAsync("real-audit");
        await auditor.GetByRole(AriaRole.Link, new() { Name = "Open the proof of entry" }).First.ClickAsync();
        await auditor.AwaitAsync("text=Checked in your browser", heard);
        await auditor.PicturesAsync("real-proof");
        Assert.All(heard, Assert.Empty);
        await auditor.Context.CloseAsync();
    }

    /// <summary>Goal: the witnesses vouch for the checker that is served, by their own keys and from copies of their own. Method: both signed statements, fetched at the witnesses, verify and name the hash of the downloaded file, which is also the file that they serve; the page says so.</summary>
    [Fact]
    public async Task Both_witnesses_vouch_for_the_checker_that_is_served()
    {
        using var http = new HttpClient();
        var served = await http.GetByteArrayAsync(new Uri(running.Stack.WebUrl, "checker.html"));
        foreach (var (witness, key) in running.Stack.Witnesses.Zip(running.Stack.Founders.Witnesses))
        {
            var statement = CanonicalJson.Read<SignedRecord>(JsonNode.Parse(await http.GetStringAsync(new Uri(witness.Url, "checker")))!);
            var (body, signer, reason) = statement.Open<CheckerStatement>(running.Stack.Deployment.Deployed);
            Assert.Null(reason);
            Assert.Equal((Hash32.Of(served), witness.Name, key.Id), (body!.Checker, body.Witness, signer));
            Assert.Equal(served, await http.GetByteArrayAsync(new Uri(witness.Url, "checker.html")));
        }

        var page = await running.OpenAsync(site, null);
        await page.GotoAsync("/check");
        Assert.Equal(["vouches for this very file", "vouches for this very file"], await page.Locator("#witnesses ~ ul > li .badge").AllInnerTextsAsync());
        await page.PicturesAsync("real-checker");
        await page.Context.CloseAsync();
    }

    /// <summary>Goal: what a member downloads verifies without us. Method: the verifier's zip from the review page, with the page's hash, unpacked elsewhere; it takes a true receipt and refuses one whose charge was changed.</summary>
    [Fact]
    public async Task The_downloaded_verifier_checks_a_receipt()
    {
        var permit = await running.PermitAsync();
        var answered = await running.Researcher.AskAsync(permit, running.Dataset.Silo, running.Dataset.Dataset, """{"measures":[{"kind":"count"}],"loss":{"epsilon":0.5,"delta":1e-6}}""");
        var page = await running.OpenAsync(site, "member1");
        await page.GotoAsync("/audit");
        var download = await page.RunAndWaitForDownloadAsync(() => page.GetByRole(AriaRole.Link, new() { Name = "Download the verifier" }).ClickAsync());
        var zip = (await download.PathAsync())!;
        await page.ShowsAsync("SHA-256 " + Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(zip))));
        var folder = running.Options.In("downloaded");
        await ZipFile.ExtractToDirectoryAsync(zip, folder);
        await page.Context.CloseAsync();

        var (receipt, changed) = (Path.Combine(folder, "answer.json"), Path.Combine(folder, "changed.json"));
        await File.WriteAllTextAsync(receipt, answered.Body);
        await File.WriteAllTextAsync(changed, answered.Body.Replace("\"rho\":\"", "\"rho\":\"1", StringComparison.Ordinal));
        var verify = Path.Combine(folder, "verify", "verify.dll");
        var (code, output) = await Programs.RunAsync(verify, "receipt", receipt, "--rpc", running.Stack.ChainUrl.ToString());
        Assert.True(code == 0, output);
        Assert.Equal(1, (await Programs.RunAsync(verify, "receipt", changed, "--rpc", running.Stack.ChainUrl.ToString())).Code);
    }

    /// <summary>Goal: codes are found in the hospital's own hierarchy, and a range takes all below it. Method: type a word in the cohort builder, tick the range, read the cohort as the hospital read it.</summary>
    [Fact]
    public async Task A_researcher_finds_codes_in_the_hospitals_hierarchy()
    {
        var permit = await running.PermitAsync();
        var page = await running.OpenAsync(site, "researcher");
        var heard = page.Complaints();
        await page.GotoAsync($"/cohort/{permit}");
        await page.SelectOptionAsync("#r0a", "diagnoses");
        await page.FillAsync("#r0i-find", "diabetes");
        await page.AwaitAsync("#r0i-list >> text=diabetes type 2", heard);
        await page.PicturesAsync("real-codes");
        await page.GetByLabel("E10-E14 diabetes").CheckAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Show the cohort" }).ClickAsync();
        await page.AwaitAsync(".prose:has-text('E14')", heard);
        Assert.Empty(heard);
        await page.Context.CloseAsync();
    }

    /// <summary>Goal: a hospital's officer loads a folder in the pages, follows it, and reads its quality report, which nobody on the way can read. Method: a folder of 30 patients with one broken line, as a dataset of its own; what was rejected and where is on the page; the other hospital's custodian has neither.</summary>
    [Fact]
    public async Task An_officer_loads_a_folder_and_reads_its_quality_report()
    {
        var folder = Directory.CreateDirectory(running.Options.In("export"));
        var patients = Enumerable.Range(1, 30).Select(number => FormattableString.Invariant($$$"""{"resourceType":"Patient","id":"loaded-{{{number}}}","gender":"{{{(number % 2 == 0 ? "female" : "male")}}}","birthDate":"19{{{30 + number}}}-05-01"}"""));
        await File.WriteAllLinesAsync(Path.Combine(folder.FullName, "Patient.ndjson"), [.. patients, "{\"resourceType\":\"Patient\","]);
        var definition = Path.Combine(folder.FullName, "own.dataset.json");
        await File.WriteAllTextAsync(definition, (await File.ReadAllTextAsync(Path.Combine(Repository.Root, "Silos", "Samples", "Definitions", "minas.dataset.json"))).Replace("\"chronic-care\"", "\"loaded-set\"", StringComparison.Ordinal));

        var page = await running.OpenAsync(site, "custodian1");
        var heard = page.Complaints();
        await page.GotoAsync("/loads");
        await page.FillAsync("#folder", folder.FullName);
        await page.FillAsync("#definition", definition);
        await page.GetByRole(AriaRole.Button, new() { Name = "Show what is to be signed" }).ClickAsync();
        await page.AwaitAsync("text=Is this what you want loaded?", heard);
        await page.WaitForLoadStateAsync();
        await page.SetInputFilesAsync("[data-key-file]", running.KeyFile("officer-1"));
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign and load" }).ClickAsync();
        await page.AwaitAsync("text=The load has begun.", heard);
        await page.AwaitAsync("#loads .badge.good:has-text('published')", heard);
        await page.PicturesAsync("real-loads");
        await page.GetByRole(AriaRole.Link, new() { Name = "Read the quality report – loaded-set" }).ClickAsync();
        await page.AwaitAsync("text=The report holds exact counts", heard);
        await page.WaitForLoadStateAsync();
        await page.SetInputFilesAsync("[data-key-file]", running.KeyFile("officer-1"));
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign and read the report" }).ClickAsync();
        await page.AwaitAsync("text=Opened in your browser.", heard);
        Assert.Equal(("30", "31", "30", "1"), (await FigureAsync("patients"), await FigureAsync("read"), await FigureAsync("loaded"), await FigureAsync("rejected")));
        Assert.Contains("Patient.ndjson", await page.InnerTextAsync("[data-part=rejections] tbody"), StringComparison.Ordinal);
        await page.PicturesAsync("real-quality");
        Assert.Empty(heard);
        await page.Context.CloseAsync();

        var other = await running.OpenAsync(site, "custodian2");
        await other.GotoAsync("/loads");
        Assert.Equal(0, await other.GetByText("loaded-set").CountAsync());
        Assert.Equal(403, (await other.GotoAsync($"/loads/{running.Dataset.Silo}/loaded-set"))!.Status);
        await other.Context.CloseAsync();
        Assert.Empty(running.Leaks());

        Task<string> FigureAsync(string name) => page.InnerTextAsync($"[data-fill='{name}']");
    }

    private async Task<string> ApplyAsync(IPage page)
    {
        await page.GotoAsync($"/catalogue/{running.Dataset.Silo}/{running.Dataset.Dataset}");
        await page.PicturesAsync("real-dataset");
        await page.GetByRole(AriaRole.Link, new() { Name = "Apply for access" }).ClickAsync();
        await page.FillAsync("#title", "Blood pressure by sex");
        await page.GetByRole(AriaRole.Button, new() { Name = "Start the draft" }).ClickAsync();
        await page.SelectOptionAsync("#purpose", "DUO:0000042");
        await page.CheckAsync("input[name=user][value=non-profit]");
        await page.FillAsync("#country", "BR");
        await page.FillAsync("#laySummary", "We want to know how high blood pressure is, so that care can go where it is needed.");
        await page.FillAsync("#endDate", TimeProvider.System.GetUtcNow().AddYears(1).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture));
        await page.Locator("[data-choose-key]").First.SetInputFilesAsync(running.KeyFile("researcher"));
        await page.PicturesAsync("real-application-form");
        await page.GetByRole(AriaRole.Button, new() { Name = "Submit" }).ClickAsync();
        await page.AwaitAsync("text=The application is submitted.");
        return new Uri(page.Url).AbsolutePath;
    }

    /// <summary>The chair links her key, opens the vote, and votes with her key file in the browser.</summary>
    private async Task OpenTheVoteAndVoteAsync(string application)
    {
        var page = await running.OpenAsync(site, "member1");
        var heard = page.Complaints();
        await page.GotoAsync("/committee/key");
        await page.SetInputFilesAsync("[data-choose-key]", running.KeyFile("board-1"));
        await page.AwaitAsync("text=The public part was taken from the file.");
        await page.GetByRole(AriaRole.Button, new() { Name = "Link this key" }).ClickAsync();
        await page.AwaitAsync("text=Your key is linked.");
        await page.GotoAsync("/committee");
        await page.PicturesAsync("real-committee");
        await page.GotoAsync(application);
        await page.Locator("summary", new() { HasTextString = "Open the vote" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Open the vote" }).ClickAsync();
        await page.AwaitAsync("text=The vote is open.");
        await page.PicturesAsync("real-ballot");
        await page.GetByLabel("Approve").CheckAsync();
        await page.SetInputFilesAsync("[data-key-file]", running.KeyFile("board-1"));
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign and vote" }).ClickAsync();
        await page.AwaitAsync("text=Your vote is on the chain.", heard);
        Assert.Empty(heard);
        await page.Context.CloseAsync();
    }

    /// <summary>The second member downloads what is to be signed, signs it with a tool of her own, and uploads the record.</summary>
    private async Task VoteElsewhereAsync(string application)
    {
        var page = await running.OpenAsync(site, "member2");
        await page.GotoAsync("/committee/key");
        using var key = SigningKey.LoadOrCreate(running.Options.In("keys", "board-2.jwk"));
        await page.FillAsync("#key", JsonSerializer.Serialize(key.Public.Jwk, CanonicalJson.Options));
        await page.GetByRole(AriaRole.Button, new() { Name = "Link this key" }).ClickAsync();
        await page.AwaitAsync("text=Your key is linked.");
        await page.GotoAsync(application);
        await page.Locator("summary", new() { HasTextString = "What is signed" }).ClickAsync();
        var download = await page.RunAndWaitForDownloadAsync(() => page.Locator("li", new() { HasTextString = "Issue the permit: Approve" }).GetByRole(AriaRole.Button).ClickAsync());
        var vote = CanonicalJson.Read<Vote>(JsonNode.Parse(await File.ReadAllTextAsync((await download.PathAsync())!))!);
        await page.GetByLabel("Approve").CheckAsync();
        await page.Locator("summary", new() { HasTextString = "I signed it elsewhere" }).ClickAsync();
        await page.SetInputFilesAsync("input[name=signedFile]", new FilePayload { Name = "vote.json", MimeType = "application/json", Buffer = JsonSerializer.SerializeToUtf8Bytes(SignedRecord.Sign(vote, key), CanonicalJson.Options) });
        await page.PictureAsync("real-vote-elsewhere");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign and vote" }).ClickAsync();
        await page.AwaitAsync("text=Your vote is on the chain.");
        await page.ShowsAsync("Approved");
        await page.Context.CloseAsync();
    }

    /// <summary>At the double of the payment provider, with a card of its test mode.</summary>
    private static async Task PayAsync(IPage page, List<string> heard)
    {
        await page.GotoAsync("/payments");
        await page.GetByRole(AriaRole.Button, new() { Name = "Pay" }).ClickAsync();
        await page.PicturesAsync("real-payments");
        Assert.Empty(heard);
        await page.GetByRole(AriaRole.Link, new() { Name = "Go to the payment page" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Pay" }).ClickAsync();
        await page.ArriveAsync("/payments/");

        // The double has no picture for the browser's tab; that is no complaint about our pages.
        heard.Clear();
        await page.Locator(".badge.wait").WaitForAsync(new() { State = WaitForSelectorState.Detached });
    }

    /// <param name="without">A column to leave out: the same columns again would be the same file, given again.</param>
    private async Task AskForFileAsync(IPage page, string permit, List<string> heard, string? without = null)
    {
        await page.GotoAsync($"/extracts/new/{permit}");
        if (without is not null)
        {
            await page.UncheckAsync($"input[name=column][value={without}]");
        }

        await page.GetByRole(AriaRole.Button, new() { Name = "Show what it takes" }).ClickAsync();
        await page.AwaitAsync("text=Before you ask", heard);
        await page.PicturesAsync("real-file-preview");
        await page.SetInputFilesAsync("[data-key-file]", running.KeyFile("researcher"));
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign and ask for the file" }).ClickAsync();
        await page.AwaitAsync("text=Risk report", heard);
    }

    private async Task CheckAsync(string path, int number)
    {
        var page = await running.OpenAsync(site, FormattableString.Invariant($"checker{number}"));
        var heard = page.Complaints();
        await page.GotoAsync("/extracts");
        await page.PictureAsync("real-files-to-check");
        await page.GotoAsync(path);
        await page.SetInputFilesAsync("[data-key-file]", running.KeyFile(FormattableString.Invariant($"checker-{number}")));
        await page.AwaitAsync("text=What is in the file", heard);
        await page.PicturesAsync("real-check");
        await page.CheckAsync("input[name=decision][value=approve]");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign the check" }).ClickAsync();
        await page.AwaitAsync("text=Your check is recorded at the hospital.", heard);
        Assert.Empty(heard);
        await page.Context.CloseAsync();
    }
}
