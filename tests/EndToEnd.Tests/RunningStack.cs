using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Research.Api.Protocol;
using Silos.Ledger.Chain;
using Silos.Ledger.Records;
using Silos.Protocol;
using Story;
using Xunit;

namespace EndToEnd.Tests;

/// <summary>The whole stack as <c>hub.cs</c> starts it, on a state of its own, with a researcher and whatever permits a story needs.</summary>
public class RunningStack : IAsyncLifetime
{
    private readonly ConcurrentDictionary<string, JsonElement> previews = new();
    private HttpClient? direct;
    private readonly DirectoryInfo state = Directory.CreateTempSubdirectory("researchhub-e2e-");

    public const string Count = """{"where":[{"attribute":"age","atLeast":18}],"measures":[{"kind":"count"}],"loss":{"epsilon":0.5,"delta":1e-6}}""";

    public Stack Stack { get; private set; } = null!;

    /// <summary>What the hub's telemetry is sent to.</summary>
    internal Collector Collector { get; private set; } = null!;

    public Hospital Hospital { get; private set; } = null!;

    public Researcher Researcher { get; private set; } = null!;

    public CatalogueItem Dataset { get; private set; } = null!;

    public StackOptions Options { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Collector = await Collector.StartAsync();
        if (await OptionsAsync(new StackOptions(state.FullName, Host.FreeBasePort(), Patients: 400, HubSettings: Collector.HubSettings)) is not { } options)
        {
            return;
        }

        Options = options;
        Stack = await Stack.StartAsync(Options);
        direct = Stack.AsHub(1);
        direct.Timeout = TimeSpan.FromMinutes(2);
        Hospital = new Hospital(Stack, 1);
        await Hospital.EnrolSampleAsync("chronic-care", TimeProvider.System.GetUtcNow());
        Researcher = await Researcher.SignInAsync(Stack);
        var catalogue = await Researcher.Hub.GetAsync<CatalogueView>(HubRoutes.Catalogue);
        Dataset = catalogue.Datasets.Single(item => item.Silo == Hospital.Register.ToString());
    }

    /// <summary>A permit that the board voted for, through the hub.</summary>
    public Task<string> PermitAsync(string rho = "100000000") =>
        new Demo(Stack, TimeProvider.System, _ => { }).ObtainPermitAsync(Researcher, Dataset, new CapAsked(Dataset.Silo, rho, "0", 1));

    public Task<Answered> AskAsync(string permit, string query = Count, bool fresh = false) =>
        Researcher.AskAsync(permit, Dataset.Silo, Dataset.Dataset, query, fresh);

    /// <summary>Signs a question and puts it to a process of the first silo itself, with the hub's key.</summary>
    public async Task<Answered> AskAtAsync(Host silo, string permit, bool fresh = false, string query = Count)
    {
        var signed = Researcher.Sign(permit, Dataset.Silo, Dataset.Dataset, await CanonicalAsync(query), fresh);
        var submission = new QuerySubmission(JsonSerializer.SerializeToElement(signed, CanonicalJson.Options), JsonDocument.Parse(query).RootElement);
        using var response = await direct!.PostAsJsonAsync(new Uri(silo.Url, SiloRoutes.Queries), submission, CanonicalJson.Options);
        return new Answered(response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    /// <summary>Signs the question and puts it to a hub with the researcher's token.</summary>
    public async Task<Answered> AskThroughAsync(HttpClient http, Uri hub, string permit)
    {
        var signed = JsonSerializer.SerializeToElement(Researcher.Sign(permit, Dataset.Silo, Dataset.Dataset, await CanonicalAsync(Count)), CanonicalJson.Options);
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(hub, HubRoutes.Queries)) { Content = JsonContent.Create(new QueryRelay(signed, JsonDocument.Parse(Count).RootElement), options: CanonicalJson.Options) };
        request.Headers.Authorization = new("Bearer", Researcher.Hub.Token);
        using var response = await http.SendAsync(request);
        return new Answered(response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    /// <summary>What the question charges, in nano-rho.</summary>
    public async Task<ulong> PriceAsync(string query) => ulong.Parse((await PreviewAsync(query)).GetProperty("charged").GetProperty("rho").GetString()!, CultureInfo.InvariantCulture);

    private async Task<string> CanonicalAsync(string query) => (await PreviewAsync(query)).GetProperty("canonical").GetString()!;

    private async Task<JsonElement> PreviewAsync(string query) =>
        previews.TryGetValue(query, out var known) ? known : previews[query] = await Researcher.PreviewAsync(Dataset.Silo, Dataset.Dataset, query);

    /// <summary>What the chain says was spent under the permit at the hospital, in nano-rho.</summary>
    public async Task<ulong> SpentAsync(string permit)
    {
        using var chain = new ChainClient(Stack.Chain.Rpc, Stack.Deployment);
        return (await chain.ReadPermitAsync(Hash32.Parse(permit), Hospital.Register)).Spent.Rho;
    }

    /// <summary>What another stack has otherwise; null when a part is missing that it needs, and nothing is started.</summary>
    protected virtual Task<StackOptions?> OptionsAsync(StackOptions usual) => Task.FromResult<StackOptions?>(usual);

    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        direct?.Dispose();
        Researcher?.Dispose();
        Hospital?.Dispose();
        if (Stack is not null)
        {
            await Stack.DisposeAsync();
        }

        if (Collector is not null)
        {
            await Collector.DisposeAsync();
        }

        state.Delete(recursive: true);
    }
}

/// <summary>Stories that share one stack.</summary>
[CollectionDefinition("stack")]
public sealed class StackCollection : ICollectionFixture<RunningStack>;

/// <summary>The stack with a proxy between the chain and everybody, which spoils requests when a test says so.</summary>
public sealed class FaultyStack : RunningStack
{
    /// <summary>Of the proxy's choice of what to spoil.</summary>
    public const int Seed = 20261122;

    protected override Task<StackOptions?> OptionsAsync(StackOptions usual) => Task.FromResult<StackOptions?>(usual with { FaultSeed = Seed });
}

/// <summary>The stack with hub and silos on a PostgreSQL of the tests' own, and the proxy before the chain.</summary>
public sealed class PostgresStack : RunningStack
{
    private PostgresServer? server;

    /// <summary>The server under hub and silos.</summary>
    public PostgresServer Database => server!;

    /// <summary>Itself; skips the test where PostgreSQL is not installed; on CI that is a failure.</summary>
    public PostgresStack Required()
    {
        Assert.SkipUnless(server is not null || Environment.GetEnvironmentVariable("CI") == "true", PostgresServer.Missing);
        Assert.True(server is not null, PostgresServer.Missing);
        return this;
    }

    protected override async Task<StackOptions?> OptionsAsync(StackOptions usual)
    {
        server = PostgresServer.Find() is null ? null : await PostgresServer.StartAsync();
        return server is null ? null : usual with { Databases = server, FaultSeed = FaultyStack.Seed };
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await (server?.DisposeAsync() ?? ValueTask.CompletedTask);
    }
}
