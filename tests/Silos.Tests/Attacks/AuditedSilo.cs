using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Anonymizer.DifferentialPrivacy.Queries;
using Silos.Ingestion;
using Silos.Ledger.Records;
using Silos.Protocol;
using Silos.Samples;
using Silos.Tests.Queries;
using Story;

namespace Silos.Tests.Attacks;

/// <summary>
/// A silo as it is deployed, with the one setting that only the development chain allows: fresh answers are not charged. It holds two datasets that differ by one patient,
/// who consents: <see cref="With"/> her and <see cref="Without"/>.
/// </summary>
public sealed class AuditedSilo : PermittedSilo
{
    public const string With = "with-her";
    public const string Without = "without-her";
    private const int Callers = 200;
    private const int Patients = 60;
    private const ulong Seed = 20261122;
    private static readonly DateOnly Day = new(2025, 12, 31);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("researchhub-audit-");
    private Permit permit = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await LoadAsync(With, new SampleOptions(Patients, Seed, Day, "serra-verde-"));
        await LoadAsync(Without, new SampleOptions(Patients - 1, Seed, Day, "serra-verde-", FirstIndex: 2));
        permit = await IssueAsync("100000000", datasets: [With, Without]);
    }

    /// <summary>So many fresh answers of each dataset to one question, asked by many callers at once in an order that is drawn, so that nothing but the answers tells the two apart.</summary>
    /// <returns>A line of JSON an answer: all that the researcher gets but the receipt (whose place in the log tells the order), and the milliseconds that it took.</returns>
    public async Task<(IReadOnlyList<string> With, IReadOnlyList<string> Without)> DrawAsync(string question, int each, int order)
    {
        var hashes = new Dictionary<string, Hash32> { [With] = await HashAsync(With, question), [Without] = await HashAsync(Without, question) };
        var sides = Enumerable.Repeat(With, each).Concat(Enumerable.Repeat(Without, each)).ToArray();
        new Random(order).Shuffle(sides);
        var drawn = new (string Line, long Seq)[sides.Length];
        await Parallel.ForEachAsync(Enumerable.Range(0, sides.Length), new ParallelOptions { MaxDegreeOfParallelism = Callers }, async (i, _) => drawn[i] = await DrawAsync(sides[i], hashes[sides[i]], question));
        var entries = drawn.Select(one => one.Seq).Distinct().Count();
        return entries == drawn.Length
            ? ([.. Of(With)], [.. Of(Without)])
            : throw new InvalidOperationException($"{drawn.Length} answers have {entries} entries: some were no fresh ones");

        IEnumerable<string> Of(string side) => drawn.Where((_, i) => sides[i] == side).Select(one => one.Line);
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        folder.Delete(recursive: true);
    }

    protected override Task<IReadOnlyList<(string Key, string? Value)>> SettingsAsync(string folder) =>
        Task.FromResult<IReadOnlyList<(string, string?)>>([("Queries:FreshWithoutCharge", "true")]);

    private async Task<(string Line, long Seq)> DrawAsync(string dataset, Hash32 hash, string question)
    {
        var deployed = Stack.Deployment.Deployed;
        var signed = SignedRecord.Sign(new SignedQuery(deployed.ChainId, deployed.Contract, Nonce.New(), permit.Id(), Register, dataset, hash, Fresh: true), Researcher);
        var clock = Stopwatch.StartNew();
        var answer = await AskAsync(signed, question);
        var took = clock.Elapsed;
        if (!answer.Ok)
        {
            throw new InvalidOperationException($"{dataset} was not answered: {answer.Body}");
        }

        var told = answer.Json.AsObject();
        var seq = (long)told["receipt"]!["body"]!["entry"]!["seq"]!;
        told.Remove("receipt");
        return (new JsonObject { ["answer"] = told, ["milliseconds"] = took.TotalMilliseconds }.ToJsonString(), seq);
    }

    private async Task<Hash32> HashAsync(string dataset, string question)
    {
        var described = await Http.GetFromJsonAsync<DatasetDescription>(new Uri($"{SiloRoutes.Datasets}/{dataset}", UriKind.Relative));
        return Hash32.Of(Query.Parse(System.Text.Json.JsonDocument.Parse(question).RootElement, Schema.Parse(described!.Schema)).Canonical());
    }

    /// <summary>Loads a sample as the hospital's officer does, under the shipped definition with a floor that lets large losses be asked.</summary>
    private async Task LoadAsync(string dataset, SampleOptions sample)
    {
        var (data, file) = (Path.Combine(folder.FullName, dataset), Path.Combine(folder.FullName, dataset + ".dataset.json"));
        SampleGenerator.Write(sample, data);
        var definition = JsonNode.Parse(SampleDefinitions.Minas)!.AsObject();
        definition["id"] = dataset;
        definition["policy"]!["rhoPerQuery"] = 100_000_000_000;
        await File.WriteAllTextAsync(file, definition.ToJsonString(), Encoding.UTF8);
        using var officer = new HttpClient { BaseAddress = Stack.SiloUrl(1) };
        officer.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Stack.OfficerToken(1));
        using var taken = await officer.PostAsJsonAsync(new Uri(SiloRoutes.Loads, UriKind.Relative), new LoadRequest(data, file, ReferenceDate: Day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)));
        taken.EnsureSuccessStatusCode();
        var job = await Until.ReadAsync(
            $"the load of {dataset}",
            Patience,
            async () => (await officer.GetFromJsonAsync<List<LoadJob>>(new Uri(SiloRoutes.Loads, UriKind.Relative)))!.FirstOrDefault(one => one.Dataset == dataset),
            one => one?.State is "published" or "failed");
        if (job is not { State: "published" })
        {
            throw new InvalidOperationException($"{dataset} was not loaded: {job}");
        }
    }
}
