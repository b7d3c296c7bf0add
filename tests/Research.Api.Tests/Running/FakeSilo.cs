using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Silos.Ledger.Records;
using Silos.Protocol;

namespace Research.Api.Tests.Running;

/// <summary>A silo that remembers what it was sent and answers what a test tells it to.</summary>
internal sealed class FakeSilo : IAsyncDisposable
{
    private readonly WebApplication app;

    private FakeSilo(WebApplication app, string name)
    {
        this.app = app;
        Name = name;
        Origin = "researchhub.test/" + name.ToLowerInvariant().Replace(' ', '-');
    }

    public string Name { get; }

    public string Origin { get; }

    public Hash32 Register => Hash32.Of(Origin);

    public string Url => app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

    /// <summary>Bodies by method and path, in order.</summary>
    public ConcurrentQueue<(string Route, string Body)> Received { get; } = new();

    private readonly SemaphoreSlim arrivals = new(0);

    /// <summary>Waits until something that fits was received.</summary>
    public async Task ReceivedAsync(Func<(string Route, string Body), bool> fits, CancellationToken cancel)
    {
        while (!Received.Any(fits))
        {
            await arrivals.WaitAsync(cancel);
        }
    }

    /// <summary>Signature headers of events that were sent here.</summary>
    public ConcurrentQueue<string> Signatures { get; } = new();

    /// <summary>DUO codes that the dataset <c>cohort</c> allows.</summary>
    public IReadOnlyList<string> Uses { get; set; } = ["DUO:0000042"];

    /// <summary>What a silo says that nobody told otherwise.</summary>
    public static readonly (int Status, string Type, string Body) Answered = (200, "application/json", """{"groups":[ {"key":{}} ]}""");

    /// <summary>The answer to a query: status, type, body.</summary>
    public (int Status, string Type, string Body) Answer { get; set; } = Answered;

    /// <summary>Where patients stand in its register.</summary>
    public ConcurrentDictionary<string, ConsentStanding> Standings { get; } = new();

    public IReadOnlyList<DashboardView> Dashboards { get; set; } = [];

    /// <summary>How many patients permit a use.</summary>
    public IReadOnlyList<ConsentFiguresView> Consents { get; set; } = [];

    /// <summary>How far its loads are.</summary>
    public IReadOnlyList<LoadStanding> Loads { get; set; } = [];

    /// <summary>What was done with patients' records.</summary>
    public ConcurrentDictionary<string, PatientUses> UsesOf { get; } = new();

    /// <summary>The silo's log, as it serves it.</summary>
    public List<Entry> Log { get; } = [];

    /// <summary>Adds a line to the silo's log.</summary>
    public Entry Append(string kind, DateTimeOffset time, Hash32? permit = null, Charge? charge = null, Hash32? actor = null)
    {
        var entry = new Entry(kind, Log.Count, RecordTime.Write(time), actor ?? Hash32.Of("somebody"), Hash32.Random(), permit, Charge: charge);
        Log.Add(entry);
        return entry;
    }

    /// <summary>While set, a request for a file waits for it.</summary>
    public TaskCompletionSource? Hold { get; set; }

    /// <summary>What the silo says of every file.</summary>
    public ExtractView File { get; set; } = new("file-1", "produced", JsonSerializer.SerializeToElement(new { k = 11 }), 0, 2);

    public static async Task<FakeSilo> StartAsync(string name)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var silo = new FakeSilo(builder.Build(), name);
        silo.Map();
        await silo.app.StartAsync();
        return silo;
    }

    private void Map()
    {
        using var key = SigningKey.Create();
        var jwk = JsonSerializer.SerializeToElement(key.Public.Jwk, CanonicalJson.Options);
        app.MapGet(SiloRoutes.Describe, () => new SiloDescription(Name, Register.ToString(), Origin, jwk));
        app.MapGet(SiloRoutes.Dashboards, () => Dashboards);
        app.MapGet(SiloRoutes.Loads + "/standing", () => Loads);
        app.MapGet(SiloRoutes.ConsentFigures, () => Consents);
        app.MapGet(SiloRoutes.Datasets, () => new[]
        {
            new DatasetDescription(
                "cohort", "Cohort of " + Name, "All adults", 2000, 1, JsonSerializer.SerializeToElement(new { privacyUnit = "patient_id" }),
                [new AttributeDescription("age", "Age", "integer", "quasi-identifying", "records", "years")], Uses, new PolicyFloors(11, 11, "6650000")),
        });
        app.MapGet(SiloRoutes.Datasets + "/{name}/health-dcat", (string name) => Results.Text(
            $$"""{"@context":{"dct":"http://purl.org/dc/terms/"},"@id":"https://{{Origin}}/datasets/{{name}}","@type":"dcat:Dataset","dct:title":"Cohort of {{Name}}"}""", "application/ld+json"));
        app.MapPut(SiloRoutes.Permits + "/{id}", async (string id, HttpRequest request) =>
        {
            var body = await RememberAsync(request);
            return Hash32.Of(System.Text.Encoding.UTF8.GetBytes(body)).ToString() == id ? Results.NoContent() : Results.BadRequest();
        });
        app.MapGet(SiloRoutes.Log + "/entries", (int from, int count) => Log.Skip(from).Take(count).Select(entry => JsonSerializer.SerializeToElement(entry, CanonicalJson.Options)));
        app.MapGet(SiloRoutes.Standing + "/{subject}", (string subject) => Standings.TryGetValue(subject, out var standing) ? Results.Ok(standing) : Results.NotFound());
        app.MapGet(SiloRoutes.PatientUses + "/{subject}", (string subject) => UsesOf.TryGetValue(subject, out var uses) ? Results.Ok(uses) : Results.NotFound());
        app.MapPost(SiloRoutes.Extracts, async (HttpRequest request) =>
        {
            await RememberAsync(request);
            await (Hold?.Task ?? Task.CompletedTask).WaitAsync(request.HttpContext.RequestAborted);
            return File;
        });
        app.MapGet(SiloRoutes.Extracts + "/{id}", (string id) => File);
        app.MapGet(SiloRoutes.Extracts + "/{id}/file", (string id) => Results.Text("""{"file":"sealed"}""", "application/json"));
        app.MapPost(SiloRoutes.Extracts + "/{id}/checks", async (string id, HttpRequest request) =>
        {
            await RememberAsync(request);
            return File = File with { Approvals = File.Approvals + 1, State = File.Approvals + 1 == File.Needed ? "released" : "produced" };
        });
        app.MapPost("/{**path}", async (HttpRequest request) =>
        {
            await RememberAsync(request);
            return Results.Text(Answer.Body, Answer.Type, statusCode: Answer.Status);
        });
    }

    private async Task<string> RememberAsync(HttpRequest request)
    {
        using var reader = new StreamReader(request.Body);
        var body = await reader.ReadToEndAsync();
        foreach (var signature in request.Headers["Stripe-Signature"].Concat(request.Headers["ResearchHub-Signature"]).OfType<string>())
        {
            Signatures.Enqueue(signature);
        }

        Received.Enqueue(($"{request.Method} {request.Path}", body));
        arrivals.Release();
        return body;
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();
}
