using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Research.Api.Protocol;
using Silos.Ledger.Records;

namespace Story;

/// <summary>A researcher with a key that signs her questions and another that files are sealed to; both never leave her.</summary>
public sealed class Researcher(HubClient hub, Deployed deployed, SigningKey key, SigningKey fileKey) : IDisposable
{
    public HubClient Hub => hub;

    public SigningKey Key => key;

    public static async Task<Researcher> SignInAsync(Stack stack, string who = "researcher") => new(
        await HubClient.SignInAsync(stack, who),
        stack.Deployment.Deployed,
        SigningKey.LoadOrCreate(stack.Options.In("keys", who + ".jwk")),
        SigningKey.LoadOrCreate(stack.Options.In("keys", who + "-files.jwk")));

    /// <summary>Writes an application to one dataset and submits it.</summary>
    /// <param name="caps">What to ask for at the dataset's register; null for the defaults.</param>
    public async Task<ApplicationView> ApplyAsync(CatalogueItem dataset, DateTimeOffset now, CapAsked? caps = null)
    {
        var form = new ApplicationForm(
            Title: "HbA1c control by sex and age in Minas Gerais",
            LaySummary: "We want to know how well diabetes is controlled, so that care can go where it is needed.",
            Purpose: "DUO:0000042",
            User: "non-profit",
            Country: "BR",
            Datasets: [new DatasetChoice(dataset.Silo, dataset.Dataset)],
            Caps: caps is null ? null : [caps],
            Outputs: [SignedQuery.Statistics, SignedQuery.File],
            EndDate: now.AddYears(1).ToString("yyyy-MM-dd"),
            SigningKey: Json(key.Public.Jwk),
            FileKey: Json(fileKey.Public.Jwk),
            Method: "Counts and means by group, with differential privacy.",
            Safeguards: "Answers only; no records leave the hospital.",
            Language: "en");
        return await SubmitAsync(form);
    }

    /// <summary>Applies for a line of the budget for a hospital's dashboard: the permit will name the dashboard's key, not the researcher's.</summary>
    public Task<ApplicationView> ApplyForDashboardAsync(CatalogueItem dataset, Dashboard dashboard, DateTimeOffset now) => SubmitAsync(new ApplicationForm(
        Title: "Dashboard: " + dashboard.Title,
        LaySummary: "Everybody can see how many people live with a chronic illness in each region, and is warned when dengue rises.",
        Purpose: "DUO:0000042",
        User: "non-profit",
        Country: "BR",
        Datasets: [new DatasetChoice(dataset.Silo, dataset.Dataset)],
        Outputs: [SignedQuery.Statistics],
        EndDate: now.AddYears(1).ToString("yyyy-MM-dd"),
        SigningKey: dashboard.Key,
        Method: "Three counts by region a dataset version, with differential privacy: " + string.Join(" ", dashboard.Questions.Select(question => question.Query.GetRawText())),
        Safeguards: "The hospital signs and answers these questions only; each is an entry of its log.",
        Language: "en"));

    private async Task<ApplicationView> SubmitAsync(ApplicationForm form)
    {
        var draft = await hub.PostAsync<ApplicationView>(HubRoutes.Applications, form);
        return await hub.PostAsync<ApplicationView>($"{HubRoutes.Applications}/{draft.Id}/submit", new Note());
    }

    /// <summary>The invoice of an application; null where nothing is to be paid.</summary>
    public async Task<Invoice?> InvoiceAsync(string application) =>
        (await hub.GetAsync<List<Invoice>>(HubRoutes.Payments)).FirstOrDefault(invoice => invoice.Application == application);

    /// <summary>Opens the page where an invoice is paid, and pays there with a card of Stripe's test mode where the page is the double's. On Stripe's own page a person has to.</summary>
    /// <returns>The page, for that person; null when it was paid here.</returns>
    public async Task<Uri?> PayAsync(Invoice invoice, string card = "4242424242424242")
    {
        var page = new Uri((await hub.PostAsync<CheckoutPage>($"{HubRoutes.Payments}/{invoice.Id}/checkout", new Note())).Url);
        if (!page.IsLoopback)
        {
            return page;
        }

        using var browser = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false });
        using var form = new FormUrlEncodedContent([KeyValuePair.Create("card", card)]);
        using var paid = await browser.PostAsync(page, form);
        return paid.StatusCode == HttpStatusCode.Redirect ? null : throw new StoryException($"paying answered {(int)paid.StatusCode}: {await paid.Content.ReadAsStringAsync()}");
    }

    /// <summary>What a question would cost, and its expected error.</summary>
    public Task<JsonElement> PreviewAsync(string silo, string dataset, string query, string? permit = null) =>
        hub.PostAsync<JsonElement>(HubRoutes.Preview, new PreviewSubmission(silo, dataset, Parse(query), permit));

    /// <summary>Signs a question.</summary>
    /// <param name="canonical">The query's canonical text, as the preview shows it: what is signed is its hash, so read it.</param>
    public SignedRecord Sign(string permit, string silo, string dataset, string canonical, bool fresh = false) => SignedRecord.Sign(
        new SignedQuery(deployed.ChainId, deployed.Contract, Nonce.New(), Hash32.Parse(permit), Hash32.Parse(silo), dataset, Hash32.Of(canonical), Fresh: fresh), key);

    /// <summary>Signs and asks.</summary>
    public async Task<Answered> AskAsync(string permit, string silo, string dataset, string query, bool fresh = false)
    {
        var preview = await PreviewAsync(silo, dataset, query, permit);
        return await AskAsync(Sign(permit, silo, dataset, preview.GetProperty("canonical").GetString()!, fresh), query);
    }

    /// <summary>Asks for a cohort file with these attributes, in ordinal order, and waits until it was made.</summary>
    public async Task<ExtractJob> AskFileAsync(string permit, string silo, string dataset, params string[] attributes)
    {
        var request = JsonSerializer.Serialize(new { attributes });
        var body = new SignedQuery(deployed.ChainId, deployed.Contract, Nonce.New(), Hash32.Parse(permit), Hash32.Parse(silo), dataset, Hash32.Of(request), SignedQuery.File);
        var job = await hub.PostAsync<ExtractJob>(HubRoutes.Extracts, new QueryRelay(Json(SignedRecord.Sign(body, key)), Parse(request)));
        job = await Until.ReadAsync("the file", TimeSpan.FromMinutes(5), () => hub.GetAsync<ExtractJob>($"{HubRoutes.Extracts}/{job.Id}"), now => now.State is not ("queued" or "running"));
        return job.State == "produced" ? job : throw new StoryException($"the file is {job.State}: {job.Error}");
    }

    /// <summary>The released file, opened with the researcher's own key, and the JSON that it came in.</summary>
    public async Task<(byte[] File, string Release)> DownloadAsync(string job)
    {
        var release = await hub.GetAsync<JsonElement>($"{HubRoutes.Extracts}/{job}/file");
        return (SealedFile.Open(release.GetProperty("file").GetString()!, fileKey), release.GetRawText());
    }

    /// <summary>Asks with a record that was signed before.</summary>
    public async Task<Answered> AskAsync(SignedRecord signed, string query)
    {
        using var response = await hub.SendAsync(HubRoutes.Queries, new QueryRelay(Json(signed), Parse(query)));
        return new Answered(response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    public void Dispose() => hub.Dispose();

    private static JsonElement Parse(string json) => JsonDocument.Parse(json).RootElement;

    private static JsonElement Json<T>(T value) => JsonSerializer.SerializeToElement(value, CanonicalJson.Options);
}

/// <summary>What came back for a question: an answer, or problem+json.</summary>
public sealed record Answered(HttpStatusCode Status, string Body)
{
    public bool Ok => Status == HttpStatusCode.OK;

    public JsonNode Json => JsonNode.Parse(Body)!;

    /// <summary>The stable code of a refusal.</summary>
    public string? Code => Ok ? null : Json["code"]?.GetValue<string>();

    /// <summary>The stored answer's own text: what its entry commits to.</summary>
    public string Released => $$"""{"groups":{{Json["groups"]!.ToJsonString()}},"charged":{{Json["charged"]!.ToJsonString()}}}""";
}
