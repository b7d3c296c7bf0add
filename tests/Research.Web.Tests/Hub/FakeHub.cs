using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Research.Api.Protocol;
using Silos.Ledger.Records;

namespace Research.Web.Tests.Hub;

/// <summary>
/// As much of the hub as the pages need, over real HTTP: it keeps applications in memory and opens signed records with the verifier that
/// the real hub, the silos and the chain share. Who signs in is told by the address; every password but "wrong" is right.
/// </summary>
internal sealed class FakeHub : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly ConcurrentDictionary<string, ApplicationView> applications = new();
    private readonly List<VoteView> votes = [];
    private string? memberKey;

    private FakeHub(WebApplication app) => this.app = app;

    public static Deployed Deployed { get; } = new("31337", "0x5fbdb2315678afecb367f032d93f642f64180aa3");

    public Uri Url => new(app.Urls.First());

    /// <summary>Signed records that came in and verified, by type.</summary>
    public ConcurrentBag<string> Opened { get; } = [];

    /// <summary>Bodies of directives that were recorded.</summary>
    public ConcurrentBag<string> Decisions { get; } = [];

    /// <summary>What officers asked.</summary>
    public ConcurrentBag<OfficerRequest> OfficerRequests { get; } = [];

    /// <summary>Paths that were asked for, with their query strings.</summary>
    public ConcurrentBag<string> Asked { get; } = [];

    /// <summary>Institutions' tokens that came to be exchanged.</summary>
    public ConcurrentBag<string> Exchanged { get; } = [];

    /// <summary>When set, every route answers 503.</summary>
    public bool Down { get; set; }

    /// <summary>Files that were asked for.</summary>
    public FakeExtracts Extracts { get; } = new();

    public FakeAccounts Accounts { get; } = new();

    public IReadOnlyDictionary<string, ApplicationView> Applications => applications;

    public static async Task<FakeHub> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var hub = new FakeHub(builder.Build());
        hub.Map();
        await hub.app.StartAsync();
        return hub;
    }

    /// <summary>Links the board member's key, as her page would.</summary>
    public void Link(PublicKey key) => memberKey = key.Id.ToString();

    /// <summary>An application as if it had been written, in this state.</summary>
    public ApplicationView Put(ApplicationForm form, ApplicationState state)
    {
        var id = Nonce.New();
        var made = new ApplicationView(id, state, form, "Rosa Researcher", [], [new ApplicationStep("created", Samples.Time, "Rosa Researcher", null, 0)], [], [], null, state == ApplicationState.Approved ? Samples.PermitId : null, null, null, "2027-02-20T00:00:00.000Z", null);
        return applications[id] = made;
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private void Map()
    {
        app.Use((context, next) =>
        {
            Asked.Add(context.Request.Path + context.Request.QueryString);
            return Down ? Problem(503, "unavailable", "down").ExecuteAsync(context) : next();
        });
        app.MapPost(HubRoutes.SignIn, (SignInRequest asked) => asked.Password == "wrong" ? Problem(401, "bad-credentials", "E-mail address or password is wrong.") : Results.Json(new SignedIn("Bearer", asked.Email, 3600, "r")));
        app.MapPost(HubRoutes.InstitutionSignIn, (HttpRequest request) =>
        {
            Exchanged.Add(Who(request));
            return Results.Json(new SignedIn("Bearer", "researcher@far.test", 3600, "r"));
        });
        app.MapPost(HubRoutes.Refresh, () => Problem(401, "bad-refresh-token", "sign in again"));
        app.MapGet(HubRoutes.Me, (HttpRequest request) => Results.Json(Samples.Account(Who(request)) with { MemberKey = memberKey, SecondFactor = Accounts.HasFactor(Who(request)) }));
        app.MapPut(HubRoutes.MemberKey, (MemberKeyRequest request) =>
        {
            var key = PublicKey.From(request.Key.Deserialize<Jwk>(CanonicalJson.Options)!);
            memberKey = key.Id.ToString();
            return Results.NoContent();
        });
        app.MapGet(HubRoutes.Passkeys, (HttpRequest request) => Results.Json(Who(request).StartsWith("patient", StringComparison.Ordinal) ? Samples.Passkeys : []));
        app.MapDelete(HubRoutes.Passkeys + "/{id}", () => Results.NoContent());
        app.MapPost(HubRoutes.PasskeySignIn, () => Problem(401, "bad-passkey", "credential: this passkey is unknown here."));
        app.MapPost(HubRoutes.Passkeys, () => Problem(401, "bad-passkey", "credential: this passkey is unknown here."));
        app.MapPost(HubRoutes.SignUp, () => Results.Accepted());
        app.MapPost(HubRoutes.Reset, () => Results.Accepted());
        foreach (var code in new[] { HubRoutes.Confirm, HubRoutes.Reset + "/confirm", HubRoutes.Join })
        {
            app.MapPost(code, (JsonElement asked) => asked.GetProperty("code").GetString() == "good" ? Results.NoContent() : Problem(422, "bad-code", "code: unknown, used or expired; ask for another letter."));
        }

        app.MapPost(HubRoutes.MyKeys, (KeyChangeRelay relay) => Open<KeyChange>(relay.Change) is { } wrong ? Problem(422, "bad-signature", "change: " + wrong) : Results.NoContent());
        app.MapPost(HubRoutes.MyRequests, Request);
        app.MapPost(HubRoutes.Invitations, (InvitationRequest asked) => asked.Subject.Contains('<', StringComparison.Ordinal)
            ? Problem(422, "invalid", $"subject: '{asked.Subject}'; allowed is the name of an enrolment.")
            : Results.Json(new Invitation("K7QX-2M9P-44TA", "2026-12-22T00:00:00.000Z")));
        app.MapGet(HubRoutes.Catalogue, () => Results.Json(Samples.Catalogue));
        app.MapGet(HubRoutes.Catalogue + "/{silo}/{dataset}", (string silo, string dataset) =>
            Samples.Catalogue.Datasets.FirstOrDefault(item => item.Silo == silo && item.Dataset == dataset) is { } item ? Results.Json(item) : Problem(404, "not-found", "There is no such dataset."));
        app.MapGet(HubRoutes.Catalogue + "/{silo}/{dataset}/codes/{of}", (string of, string text) => of == "diagnoses" || of == "diagnosis"
            ? Results.Json(new CodesView([.. Samples.Codes.Where(code => code.Code.StartsWith(text, StringComparison.OrdinalIgnoreCase) || code.Label?.Contains(text, StringComparison.OrdinalIgnoreCase) == true)], text.Length < 3))
            : Problem(400, "bad-query", $"'{of}' is no attribute or event with codes."));
        MapApplications();
        app.MapGet(HubRoutes.Permits, () => Results.Json(new[] { Samples.PermitView }));
        app.MapGet(HubRoutes.Permits + "/{id}", (string id) => id == Samples.PermitId ? Results.Json(Samples.PermitView) : Problem(404, "not-found", "There is no such permit."));
        app.MapGet(HubRoutes.Permits + "/{id}/ballot", (string id) => Results.Json(Ballot("suspend", "revoke")));
        app.MapPost(HubRoutes.Permits + "/{id}/votes", (string id, VoteSubmission vote) => Vote(vote, "active"));
        app.MapPost(HubRoutes.Preview, () => Results.Text(Samples.Preview, "application/json"));
        app.MapPost(HubRoutes.Queries, Ask);
        app.MapPost(HubRoutes.Feasibility, (QueryRelay relay) => Open<SignedQuery>(relay.Signed) is { } wrong
            ? Problem(422, "bad-signature", "signed: " + wrong)
            : Results.Text($$$"""{"feasibility":{"precision":"noisy","count":{"value":{{{(relay.Query.TryGetProperty("where", out var rules) ? 1000 - (300 * rules.GetArrayLength()) : 1000)}}},"interval95":[-40,1380]},"charged":{"epsilon":0.05}},"answer":{}}""", "application/json"));
        Extracts.Map(app);
        Accounts.Map(app);
        app.MapGet(HubRoutes.Payments, () => Results.Json(Samples.Invoices));
        app.MapPost(HubRoutes.Payments + "/{id}/checkout", () => Results.Json(new CheckoutPage("https://checkout.example/pay")));
        app.MapGet(HubRoutes.MyData, () => Results.Json(Samples.MyData));
        app.MapPost(HubRoutes.MyDataLink, (LinkRequest link) => link.Code == "good" ? Results.NoContent() : Problem(422, "invalid", "code: is unknown or used."));
        app.MapPost(HubRoutes.MyStop, () => { Decisions.Add("stopped everywhere"); return Results.Json(Samples.MyData.Hospitals.Select(one => new StopResult(one.Silo, one.Hospital, true, null, JsonSerializer.SerializeToElement(new { })))); });
        app.MapPost(HubRoutes.MyDirectives, (DirectiveRelay relay) => Results.Json(relay.Directives.Select(directive => Judge(directive))));
        app.MapGet(HubRoutes.MyUses, () => Results.Json(Samples.Uses));
        app.MapGet(HubRoutes.AuditProof + "/{log}/{seq:int}", (string log, int seq) => Results.Json(SampleLog.Prove(seq % SampleLog.Entries.Count)));
        app.MapGet(HubRoutes.MyNotices, () => Results.Json(Samples.Notices));
        app.MapGet(HubRoutes.PublicRegister, () => Results.Json(Samples.Register));
        app.MapGet(HubRoutes.AuditEntries, (string? kind) => Results.Json(kind == "tamper" ? Samples.Audit with { Lines = [Samples.Audit.Lines[1] with { Kind = "tamper", Outcome = "recorded" }], Gaps = [] } : Samples.Audit));
        app.MapGet(HubRoutes.AuditAlerts, (HttpRequest request, string? application) => Who(request).Split('@')[0] is "member1" or "auditor"
            ? Results.Json(Samples.Alerts.Where(alert => application is null || alert.Application == application))
            : Problem(403, "forbidden", "committee-member, chair or auditor."));
        app.MapGet(HubRoutes.Loads, (HttpRequest request) => Results.Json(Who(request).StartsWith("custodian1", StringComparison.Ordinal) ? SampleLoads.View : SampleLoads.View with { Hospitals = [] }));
        app.MapPost(HubRoutes.OfficerRequests, Officer);
        app.MapGet(HubRoutes.ConsentFigures, (HttpRequest request) => Results.Json(Who(request).StartsWith("custodian1", StringComparison.Ordinal) ? SampleLoads.Consents : []));
        app.MapGet(HubRoutes.Payments + "/statement", () => Results.Json(new Statement([new StatementLine("dataset access", "Serra Verde Hospital", "BRL", 2, 50_000, 45_000)])));
        app.MapGet(HubRoutes.Dashboards, () => Results.Json(SampleDashboards.List));
        app.MapGet(HubRoutes.Dashboards + "/{silo}/{dataset}", (string silo, string dataset) =>
            SampleDashboards.List.Dashboards.FirstOrDefault(one => one.Silo == silo) is { } one ? Results.Json(one) : Problem(404, "not-found", "There is no such dashboard."));
        app.MapGet(HubRoutes.LedgerCheckpoint, () => Results.Text(SampleLog.Checkpoint));
        app.MapGet(HubRoutes.LedgerWitnesses, () => Results.Json(Samples.Witnesses));
        app.MapGet(HubRoutes.LedgerEntries, (int from, int count) => Results.Json(SampleLog.Entries.Skip(from).Take(count)));
        app.MapGet(HubRoutes.LedgerProof + "/{seq:int}", (int seq) => seq < SampleLog.Entries.Count ? Results.Json(SampleLog.Prove(seq)) : Problem(404, "not-final", "There is no such entry."));
    }

    private void MapApplications()
    {
        app.MapGet(HubRoutes.Applications, (HttpRequest request) => Results.Json(new ApplicationPage(
            [.. applications.Values.Where(one => one.State != ApplicationState.Draft || Who(request).StartsWith("researcher", StringComparison.Ordinal))
                .Select(one => new ApplicationSummary(one.Id, one.Form.Title ?? "", one.State, one.Applicant, Samples.Time, Commands(one, request)))], null)));
        app.MapPost(HubRoutes.Applications, (ApplicationForm form, HttpRequest request) => Show(Put(form, ApplicationState.Draft), request));
        app.MapGet(HubRoutes.Applications + "/{id}", (string id, HttpRequest request) => applications.TryGetValue(id, out var found) ? Show(found, request) : Problem(404, "not-found", "There is no such application."));
        app.MapPut(HubRoutes.Applications + "/{id}", (string id, ApplicationForm form, HttpRequest request) => Show(applications[id] = applications[id] with { Form = form }, request));
        app.MapDelete(HubRoutes.Applications + "/{id}", (string id) => applications.TryRemove(id, out _) ? Results.NoContent() : Results.NotFound());
        app.MapGet(HubRoutes.Applications + "/{id}/ballot", (string id) => applications[id].State == ApplicationState.UnderReview ? Results.Json(Ballot("issue")) : Problem(409, "conflict", "There is no open ballot."));
        app.MapPost(HubRoutes.Applications + "/{id}/votes", (string id, VoteSubmission vote) => Vote(vote, "under-review"));
        app.MapPost(HubRoutes.Applications + "/{id}/submit", (string id, HttpRequest request) => string.IsNullOrWhiteSpace(applications[id].Form.LaySummary)
            ? Problem(422, "invalid", "laySummary: needed, 1 to 4000 characters.")
            : Show(applications[id] = applications[id] with { State = ApplicationState.Submitted, Matches = [new PurposeMatch(Samples.Silo, "chronic-care", "yes", ["'general research use' covers 'general research use'."])] }, request));
        app.MapPost(HubRoutes.Applications + "/{id}/review", (string id, HttpRequest request) => Show(applications[id] = applications[id] with { State = ApplicationState.UnderReview }, request));
        app.MapPost(HubRoutes.Applications + "/{id}/{command}", (string id, string command, HttpRequest request) => Show(applications[id], request));
    }

    private Ballot Ballot(params string[] acts) => new(
        Samples.PermitId, Samples.PermitDocument, [.. acts.Select(act => new BallotQuestion(act, Hash32.Of(act).ToString(), act == "suspend" ? 1 : 2, Bodies(act)))], votes);

    private Dictionary<string, JsonElement> Bodies(string act) => memberKey is null ? [] : new[] { "approve", "reject" }.ToDictionary(
        decision => decision,
        decision => JsonSerializer.SerializeToElement(new Vote(Deployed.ChainId, Deployed.Contract, Nonce.ForVote(), Hash32.Parse(memberKey), decision, Hash32.Of(act)), CanonicalJson.Options));

    private IResult Vote(VoteSubmission submission, string state)
    {
        if (Open<Vote>(submission.Vote) is { } wrong)
        {
            return Problem(422, "bad-signature", "vote: " + wrong);
        }

        votes.Add(new VoteView(memberKey!, "issue", submission.Vote.GetProperty("body").GetProperty("decision").GetString()!, Samples.Time, null));
        return Results.Json(new VoteOutcome(state, null, 1, 2, null));
    }

    private IResult Ask(QueryRelay relay) =>
        Open<SignedQuery>(relay.Signed) is { } wrong ? Problem(422, "bad-signature", "signed: " + wrong)
        : relay.Delegation is { } delegation && Open<Delegation>(delegation) is { } bad ? Problem(422, "bad-signature", "delegation: " + bad)
        : Results.Text(Samples.Answer, "application/json");

    /// <summary>As a silo that answers with a history of nothing, sealed where that was asked.</summary>
    private IResult Request(PatientRequestRelay relay)
    {
        if (Open<ConsentRequest>(relay.Request) is { } wrong)
        {
            return Problem(422, "bad-signature", "request: " + wrong);
        }

        var request = CanonicalJson.Read<ConsentRequest>(JsonNode.Parse(relay.Request.GetProperty("body").GetRawText())!);
        var key = request.SealTo is null ? null : PublicKey.From(request.SealTo);
        return Results.Json(request.Ask == ConsentRequest.Erasure ? new { } : key is null ? new { answer = new { history = "of nothing" } } : new { @sealed = SealedFile.Seal("""{"history":"of nothing"}"""u8.ToArray(), key) } as object);
    }

    /// <summary>As a silo that begins every load, and seals its report to the page, else to the key that signed.</summary>
    private IResult Officer(OfficerRelay relay)
    {
        if (Open<OfficerRequest>(relay.Request) is { } wrong)
        {
            return Problem(400, "bad-request", "request: " + wrong);
        }

        var record = CanonicalJson.Read<SignedRecord>(JsonNode.Parse(relay.Request.GetRawText())!);
        var request = CanonicalJson.Read<OfficerRequest>(record.Body);
        OfficerRequests.Add(request);
        if (request.Ask == OfficerRequest.Load)
        {
            return request.Folder == "/nowhere" ? Problem(400, "bad-request", "folder: '/nowhere' is not there") : Results.Json(new { });
        }

        var key = PublicKey.From(request.SealTo ?? record.Key);
        return Results.Json(new { @sealed = SealedFile.Seal(System.Text.Encoding.UTF8.GetBytes(SampleLoads.Quality), key) });
    }

    /// <summary>As a silo where the patient has decided twice before.</summary>
    private DirectiveResult Judge(JsonElement directive)
    {
        var sequence = directive.GetProperty("body").GetProperty("sequence").GetInt32();
        var reason = sequence == 3 ? Open<Directive>(directive) : $"sequence: {sequence}; allowed is 3";
        if (reason is null)
        {
            Decisions.Add(directive.GetProperty("body").GetRawText());
        }

        return new DirectiveResult(reason is null, reason);
    }

    private string? Open<T>(JsonElement json)
        where T : class, ISignedBody
    {
        var opened = CanonicalJson.Read<SignedRecord>(JsonNode.Parse(json.GetRawText())!).Open<T>(Deployed);
        if (opened.Body is { } body)
        {
            Opened.Add(body.Type);
        }

        return opened.Reason;
    }

    private static IResult Show(ApplicationView view, HttpRequest request) => Results.Json(view with { Commands = Commands(view, request) });

    private static IReadOnlyList<string> Commands(ApplicationView view, HttpRequest request) => (view.State, Who(request).Split('@')[0]) switch
    {
        (ApplicationState.Draft, "researcher") => ["save", "submit", "delete", "copy", "invite-member", "remove-member"],
        (ApplicationState.Submitted, "researcher") => ["withdraw", "comment", "copy", "accept-terms"],
        (ApplicationState.Submitted, _) => ["screen", "review", "return", "recuse", "comment"],
        (ApplicationState.UnderReview, "researcher") => ["withdraw", "comment", "copy"],
        (ApplicationState.UnderReview, "member1") => ["return", "recuse", "comment", "set-terms", "close-vote", "votes"],
        (ApplicationState.UnderReview, _) => ["return", "recuse", "comment", "votes"],
        _ => ["copy"],
    };

    internal static string Who(HttpRequest request) => request.Headers.Authorization.ToString().Replace("Bearer ", "", StringComparison.Ordinal);

    internal static IResult Problem(int status, string code, string detail) =>
        Results.Problem(detail, statusCode: status, title: code, extensions: new Dictionary<string, object?> { ["code"] = code });
}
