using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Anonymizer.DifferentialPrivacy.Queries;
using Microsoft.Extensions.Options;
using Silos.Datasets;
using Silos.Ledger.Chain;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;
using Silos.Permits;
using Silos.Protocol;

namespace Silos.Dashboards;

/// <summary>The key that signs a silo's consent counts. A permit names it as it names a researcher's.</summary>
public sealed record ConsentFiguresKey(SigningKey Key);

/// <summary>
/// How many patients permit a use: one count of everybody in the cohort, for each permit of the board that names the key of consent figures. The permit says the
/// purpose, and its cap is the figure's own line of the budget. The count is a question like any other; nothing here reads a decision (<c>Decisions/002-a-consent-figure-is-a-count.md</c>).
/// </summary>
public sealed class RefreshConsentFigures(
    AskForDashboard ask,
    DashboardStore store,
    PermitStore permits,
    ChainClient chain,
    DatasetShelf shelf,
    Readiness readiness,
    SiloIdentity silo,
    ConsentFiguresKey figures,
    IOptions<DashboardOptions> options,
    TimeProvider clock,
    ILogger<RefreshConsentFigures> logger) : BackgroundService
{
    private const string Name = "consents";

    /// <summary>ε of a count. At δ 1e-6 it is off by less than 100 patients in 95 of 100 cases, and a permit of ρ 0.01 pays for it dozens of times.</summary>
    private const string Count = """{"measures":[{"kind":"count"}],"loss":{"epsilon":0.1,"delta":1e-6}}""";

    private readonly JsonElement question = JsonSerializer.Deserialize<JsonElement>(Count);
    private readonly ConcurrentDictionary<string, ConsentFiguresView> shown = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Dataset, Hash32 Permit), (DateTimeOffset Time, string Code)> refused = [];

    /// <summary>What can be shown now, by dataset.</summary>
    public IEnumerable<ConsentFiguresView> Shown => shown.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => pair.Value);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        new Rounds("consent figures", clock, logger).RunAsync(options.Value.Look, RoundAsync, stoppingToken);

    private async Task RoundAsync(CancellationToken cancel)
    {
        foreach (var dataset in shelf.All.Where(_ => readiness.Waiting is null))
        {
            var charge = Pricing.Charge(Query.Parse(question, dataset.Schema), dataset.Schema).Rho;
            List<ConsentFigureView> all = [];
            foreach (var permit in (await permits.NamingAsync(figures.Key.Id, cancel)).Where(permit => permit.Datasets.Contains(new PermitDataset(silo.Register, dataset.Definition.Id))))
            {
                all.Add(await LookAsync(dataset, permit, charge, cancel));
            }

            shown[dataset.Definition.Id] = new ConsentFiguresView(
                dataset.Definition.Id, JsonSerializer.SerializeToElement(figures.Key.Public.Jwk, CanonicalJson.Options), question, Write(charge), (long)options.Value.Every.TotalSeconds, all);
        }
    }

    private async Task<ConsentFigureView> LookAsync(OpenedDataset dataset, Permit permit, ulong charge, CancellationToken cancel)
    {
        var (id, name) = (permit.Id(), dataset.Definition.Id);
        var left = await LeftAsync(permit, name, cancel);
        var newest = await NewestAsync(name, id, cancel);
        var last = refused.TryGetValue((name, id), out var no) ? no.Time : newest is null ? (DateTimeOffset?)null : RecordTime.Read(newest.RefreshedAt);
        var act = DashboardSchedule.Decide(new DashboardStanding(left, charge, dataset.Version.Version, newest?.Version ?? 0, last), options.Value.Every, clock.GetUtcNow());
        if (act == DashboardAct.Refresh)
        {
            await RefreshAsync(dataset, id, cancel);
            (left, newest) = (await LeftAsync(permit, name, cancel), await NewestAsync(name, id, cancel));
        }

        return new ConsentFigureView(
            id.ToString(),
            permit.Purpose,
            act == DashboardAct.Wait ? "ended" : refused.ContainsKey((name, id)) ? "stopped" : act == DashboardAct.Stay ? "exhausted" : "current",
            left is { } room ? Write(room) : null,
            (int?)newest?.Version,
            newest?.RefreshedAt,
            newest is null ? null : DashboardFigures.Count(JsonSerializer.Deserialize<JsonElement>(newest.Answer)));
    }

    /// <summary>What the permit leaves, nano-rho; null when it does not let the figure be asked now.</summary>
    private async Task<ulong?> LeftAsync(Permit permit, string dataset, CancellationToken cancel)
    {
        var onChain = await chain.ReadPermitAsync(permit.Id(), silo.Register, cancel);
        return CheckPermit.Refusal(permit, onChain, figures.Key.Id, silo.Register, dataset, SignedQuery.Statistics, clock.GetUtcNow()) is null
            ? onChain.Cap.Rho - Math.Min(onChain.Cap.Rho, onChain.Spent.Rho)
            : null;
    }

    private async Task<DashboardAnswer?> NewestAsync(string dataset, Hash32 permit, CancellationToken cancel) =>
        (await store.RefreshesAsync(StoredAs(dataset), cancel)).Select(refresh => refresh[0]).LastOrDefault(answer => answer.Permit == permit.ToString());

    /// <summary>The chain not answering is no attempt: it is tried again at the next look, and what was answered is given again at no charge.</summary>
    private async Task RefreshAsync(OpenedDataset dataset, Hash32 permit, CancellationToken cancel)
    {
        var (answer, refusal) = await ask.RunAsync(figures.Key, dataset, permit, Name, question, cancel);
        if (answer is not null)
        {
            await store.KeepAsync(StoredAs(dataset.Definition.Id), dataset.Version.Version, permit, new Dictionary<string, string> { [Name] = answer }, cancel);
            refused.Remove((dataset.Definition.Id, permit));
            logger.LogInformation("The consent figure of {Dataset} shows version {Version}", dataset.Definition.Id, dataset.Version.Version);
        }
        else if (refusal!.Code is not (RefusalCode.LedgerUnavailable or RefusalCode.NotReady))
        {
            refused[(dataset.Definition.Id, permit)] = (clock.GetUtcNow(), refusal.Code);
            logger.LogWarning("The consent figure of {Dataset} was refused: {Code}", dataset.Definition.Id, refusal.Code);
        }
    }

    /// <summary>Beside the dashboards' answers, under a name that no dataset can have.</summary>
    private static string StoredAs(string dataset) => "consents/" + dataset;

    private static string Write(ulong amount) => amount.ToString(CultureInfo.InvariantCulture);
}
