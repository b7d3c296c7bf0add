using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Silos.Datasets;
using Silos.Ledger.Chain;
using Silos.Ledger.Records;
using Silos.Protocol;
using Silos.Queries;
using Silos.Tests.Queries;
using Story;
using Xunit;

namespace Silos.Tests.Attacks;

/// <summary>
/// The attacked system: chain, witnesses and silo are those of <see cref="PermittedSilo"/>, and the silo runs in this process behind its own port,
/// so that a test can put a weak part in the place of a sound one and take it back. Attackers reach it by HTTP alone; what they can see is
/// what a dishonest hub sees, and the exact data that a test reads from the shelf serve to judge them, never to help them.
/// </summary>
public sealed class AttackedSilo : IAsyncLifetime
{
    public const string Loss = """ "loss":{"epsilon":0.5,"delta":1e-6}""";
    public const string Everybody = $$"""{"measures":[{"kind":"count"}],{{Loss}}}""";
    public const string Nobody = $$"""{"where":[{"attribute":"age","atLeast":119}],"measures":[{"kind":"count"}],{{Loss}}}""";

    /// <summary>What a question at <see cref="Loss"/> costs, in nano-rho.</summary>
    public const ulong Price = 6_641_525;

    private WebApplication? silo;

    /// <summary>Chain, keys and permits.</summary>
    public PermittedSilo Permitted { get; } = new();

    public HttpClient Http => Permitted.Http;

    internal Weaknesses Weak { get; } = new();

    /// <summary>What the silo logged.</summary>
    internal LogLines Lines { get; } = new();

    /// <summary>The dataset as the hospital has it: for judging.</summary>
    public OpenedDataset Truth => silo!.Services.GetRequiredService<DatasetShelf>().Find(PermittedSilo.Dataset, out _)!;

    public string Database => Permitted.Stack.Options.In("silo-1", "silo.db");

    public async ValueTask InitializeAsync()
    {
        await Permitted.InitializeAsync();
        var limit = new Limit(Permitted.Register, new Amount(1_000_000_000_000, 100_000_000_000_000_000, 100));
        await Permitted.VoteAsync(Subjects.ChangeLimit(limit, (await Permitted.Chain.ReadBudgetAsync(Permitted.Register)).Changes));
        await Permitted.Chain.ChangeLimitAsync(limit);
        await Permitted.Stack.Silos[1].KillAsync();
        var builder = SiloHost.Configure(
        [
            .. (await Permitted.Stack.SiloSettingsAsync(1)).Where(one => one.Value is not null).Select(one => $"--{one.Key}={one.Value}"),
            "--urls=" + Permitted.Stack.SiloUrl(1),
            "--Queries:StrangersPerMinute=10000",
        ]);
        builder.Logging.ClearProviders().AddProvider(Lines).SetMinimumLevel(LogLevel.Information);
        builder.Services.AddSingleton<IStartupFilter>(Weak);
        builder.Services.Replace(ServiceDescriptor.Singleton<PriceQuery>((signed, query) => Weak.Price?.Invoke(signed, query) ?? PriceQueries.ByLoss(signed, query)));
        silo = await builder.OpenAsync();
        await silo.StartAsync();
        await Until.TrueAsync("the silo", TimeSpan.FromMinutes(1), async () => (await Http.GetAsync(new Uri("/readyz", UriKind.Relative))).IsSuccessStatusCode);
    }

    /// <summary>A permit with room for many questions.</summary>
    public Task<Permit> PermitAsync(string rho = "10000000000", int files = 0) => Permitted.IssueAsync(rho, files, delta: "100000000000000");

    /// <summary>So many fresh answers to one question, asked at once.</summary>
    public async Task<IReadOnlyList<Answered>> DrawAsync(string query, Permit permit, int count) =>
        await Task.WhenAll(Enumerable.Range(0, count).Select(_ => Permitted.AskAsync(query, permit, fresh: true)));

    /// <summary>What the chain says was charged under a permit.</summary>
    public async Task<Amount> ChargedAsync(Permit permit) => (await Permitted.Chain.ReadPermitAsync(permit.Id(), Permitted.Register)).Spent;

    /// <summary>The attacker's own request of a file.</summary>
    public async Task<Answered> AskFileAsync(Permit permit, string request = """{"attributes":["age","diagnoses","hba1c","municipality","sex"]}""")
    {
        var deployed = Permitted.Stack.Deployment.Deployed;
        var body = new SignedQuery(deployed.ChainId, deployed.Contract, Nonce.New(), permit.Id(), Permitted.Register, PermittedSilo.Dataset, Hash32.Of(request), SignedQuery.File, Fresh: true);
        var submission = new QuerySubmission(Json(SignedRecord.Sign(body, Permitted.Researcher)), JsonDocument.Parse(request).RootElement);
        using var response = await Http.PostAsJsonAsync(new Uri(SiloRoutes.Extracts, UriKind.Relative), submission, CanonicalJson.Options);
        return new Answered(response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    /// <summary>Has a made file approved by two checkers, fetches it, and opens it with the researcher's key.</summary>
    public async Task<byte[]> ReleasedAsync(string extract)
    {
        foreach (var number in new[] { 1, 2 })
        {
            using var checker = SigningKey.LoadOrCreate(Checker.KeyFile(Permitted.Stack.Options, number));
            var offered = (await Http.GetFromJsonAsync<SealedForChecker>(new Uri($"{SiloRoutes.Extracts}/{extract}/checkers/{checker.Id}", UriKind.Relative)))!;
            var deployed = Permitted.Stack.Deployment.Deployed;
            var word = new OutputCheck(deployed.ChainId, deployed.Contract, Nonce.New(), Hash32.Parse(extract), Hash32.Of(SealedFile.Open(offered.File, checker)), OutputCheck.Approve);
            using var checkedBy = await Http.PostAsJsonAsync(new Uri($"{SiloRoutes.Extracts}/{extract}/checks", UriKind.Relative), new OutputCheckSubmission(Json(SignedRecord.Sign(word, checker))));
            checkedBy.EnsureSuccessStatusCode();
        }

        var released = (await Http.GetFromJsonAsync<ReleasedFile>(new Uri($"{SiloRoutes.Extracts}/{extract}/file", UriKind.Relative)))!;
        return SealedFile.Open(released.File, Permitted.FileKey);
    }

    /// <summary>What an auditor of the hospital is given to replay the noise of an answer.</summary>
    public async Task<NoiseCase> NoiseAsync(Answered answer)
    {
        var seq = (long)answer.Json["receipt"]!["body"]!["entry"]!["seq"]!;
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(string.Create(CultureInfo.InvariantCulture, $"{SiloRoutes.Noise}/{seq}"), UriKind.Relative));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Permitted.Stack.OfficerToken(1));
        using var response = await Http.SendAsync(request);
        response.EnsureSuccessStatusCode();
        return CanonicalJson.Read<NoiseCase>((await response.Content.ReadFromJsonAsync<JsonNode>())!);
    }

    public async ValueTask DisposeAsync()
    {
        if (silo is not null)
        {
            await silo.StopAsync();
            await silo.DisposeAsync();
        }

        await Permitted.DisposeAsync();
        Lines.Dispose();
    }

    private static JsonElement Json<T>(T value) => JsonSerializer.SerializeToElement(value, CanonicalJson.Options);
}

/// <summary>Attacks that share one system, one after the other.</summary>
[CollectionDefinition("attacked silo")]
public sealed class AttackedSiloCollection : ICollectionFixture<AttackedSilo>;
