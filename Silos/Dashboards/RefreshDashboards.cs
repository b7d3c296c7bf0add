using System.Collections.Concurrent;
using System.ComponentModel.DataAnnotations;
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

/// <summary>How dashboards are kept.</summary>
public sealed class DashboardOptions
{
    /// <summary>Which definition files are there? The sample's own by default, where the silo offers the sample's dataset.</summary>
    public IReadOnlyList<string> Definitions { get; init; } = [];

    /// <summary>How often may a dashboard be refreshed? At most once in this time, 1 second to 366 days; a day by default. A dataset version is asked about once.</summary>
    public TimeSpan Every { get; init; } = TimeSpan.FromDays(1);

    /// <summary>How often is it looked whether one is due? 1 second to 1 day; 10 seconds by default.</summary>
    public TimeSpan Look { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Which chance of a false alarm may a refresh have, over all its regions? 0.0001 to 0.2; 0.01 by default.</summary>
    [Range(0.0001, 0.2)] public double FalseAlarmRate { get; init; } = 0.01;

    /// <summary>With which chance is an outbreak of the stated size found? 0.5 to 0.999; 0.95 by default.</summary>
    [Range(0.5, 0.999)] public double Power { get; init; } = 0.95;
}

/// <summary>Looks after the silo's dashboards: finds the permit that the board gave each, refreshes when one is due, and holds what is shown.</summary>
public sealed class RefreshDashboards(
    AskForDashboard ask,
    DashboardStore store,
    PermitStore permits,
    ChainClient chain,
    DatasetShelf shelf,
    Readiness readiness,
    SiloIdentity silo,
    DashboardKey dashboard,
    IOptions<DashboardOptions> options,
    TimeProvider clock,
    ILogger<RefreshDashboards> logger) : BackgroundService
{
    private readonly ConcurrentDictionary<string, DashboardView> shown = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (DateTimeOffset Time, string? Refused)> tried = [];

    /// <summary>What can be shown now, by dataset.</summary>
    public IEnumerable<DashboardView> Shown => shown.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => pair.Value);

    protected override Task ExecuteAsync(CancellationToken stoppingToken)
    {
        IReadOnlyList<DashboardDefinition> definitions = options.Value.Definitions.Count == 0 ? [DashboardDefinition.Minas] : [.. options.Value.Definitions.Select(DashboardDefinition.Read)];
        return new Rounds("dashboards", clock, logger).RunAsync(options.Value.Look, cancel => RoundAsync(definitions, cancel), stoppingToken);
    }

    private async Task RoundAsync(IReadOnlyList<DashboardDefinition> definitions, CancellationToken cancel)
    {
        foreach (var definition in definitions.Where(_ => readiness.Waiting is null))
        {
            try
            {
                await LookAsync(definition, cancel);
            }
            catch (InputException bad)
            {
                logger.LogWarning("The dashboard of {Dataset} waits: {Reason}", definition.Dataset, bad.Message);
            }
        }
    }

    private async Task LookAsync(DashboardDefinition definition, CancellationToken cancel)
    {
        if (shelf.Find(definition.Dataset, out var closed) is not { } dataset)
        {
            if (closed is not null && shown.TryGetValue(definition.Dataset, out var old))
            {
                shown[definition.Dataset] = old with { State = "stopped" };
            }

            return;
        }

        var permit = await PermitAsync(definition.Dataset, cancel);
        var refreshes = await store.RefreshesAsync(definition.Dataset, cancel);
        var standing = new DashboardStanding(
            permit?.Left,
            DashboardQuestions.RhoOf(definition, dataset.Schema),
            dataset.Version.Version,
            refreshes.Count == 0 ? 0 : refreshes[^1][0].Version,
            LastTried(definition.Dataset, refreshes));
        var act = DashboardSchedule.Decide(standing, options.Value.Every, clock.GetUtcNow());
        if (act == DashboardAct.Refresh)
        {
            await RefreshAsync(definition, dataset, permit!.Value.Id, cancel);
            refreshes = await store.RefreshesAsync(definition.Dataset, cancel);
            permit = await PermitAsync(definition.Dataset, cancel);
        }

        shown[definition.Dataset] = View(definition, dataset, act, permit, standing.Charge, refreshes);
    }

    /// <summary>The newest permit that lets this silo's dashboard ask now, with what it leaves.</summary>
    private async Task<(Hash32 Id, ulong Left)?> PermitAsync(string dataset, CancellationToken cancel)
    {
        foreach (var permit in await permits.NamingAsync(dashboard.Key.Id, cancel))
        {
            var id = permit.Id();
            var onChain = await chain.ReadPermitAsync(id, silo.Register, cancel);
            if (CheckPermit.Refusal(permit, onChain, dashboard.Key.Id, silo.Register, dataset, SignedQuery.Statistics, clock.GetUtcNow()) is null)
            {
                return (id, onChain.Cap.Rho - Math.Min(onChain.Cap.Rho, onChain.Spent.Rho));
            }
        }

        return null;
    }

    private async Task RefreshAsync(DashboardDefinition definition, OpenedDataset dataset, Hash32 permit, CancellationToken cancel)
    {
        Dictionary<string, string> answers = [];
        foreach (var (name, question) in DashboardQuestions.Of(definition))
        {
            var (answer, refusal) = await ask.RunAsync(dashboard.Key, dataset, permit, name, question, cancel);
            if (answer is null)
            {
                tried[definition.Dataset] = (clock.GetUtcNow(), refusal!.Code);
                logger.LogWarning("The dashboard of {Dataset} was refused: {Code}", definition.Dataset, refusal.Code);
                return;
            }

            answers[name] = answer;
        }

        await store.KeepAsync(definition.Dataset, dataset.Version.Version, permit, answers, cancel);
        tried.Remove(definition.Dataset);
        logger.LogInformation("The dashboard of {Dataset} shows version {Version}", definition.Dataset, dataset.Version.Version);
    }

    /// <summary>The chain not answering is no attempt: it is tried again at the next look, and what was answered is given again at no charge.</summary>
    private DateTimeOffset? LastTried(string dataset, IReadOnlyList<IReadOnlyList<DashboardAnswer>> refreshes) =>
        tried.TryGetValue(dataset, out var attempt) && attempt.Refused is not (RefusalCode.LedgerUnavailable or RefusalCode.NotReady) ? attempt.Time
        : refreshes.Count > 0 ? RecordTime.Read(refreshes[^1][0].RefreshedAt)
        : null;

    private DashboardView View(
        DashboardDefinition definition, OpenedDataset dataset, DashboardAct act, (Hash32 Id, ulong Left)? permit, ulong charge, IReadOnlyList<IReadOnlyList<DashboardAnswer>> refreshes)
    {
        var answers = refreshes.Select(refresh => refresh.ToDictionary(one => one.Question, one => JsonSerializer.Deserialize<JsonElement>(one.Answer))).ToList();
        var rule = new OutbreakRule(options.Value.FalseAlarmRate, options.Value.Power, DashboardQuestions.SignalNoise(definition, dataset.Schema));
        var signals = FindOutbreak.Judge([.. answers.Select(one => DashboardFigures.Cases(definition, one[DashboardQuestions.Signal]))], rule);
        var refused = tried.TryGetValue(definition.Dataset, out var attempt) && attempt.Refused is not null;
        return new DashboardView(
            definition.Dataset,
            definition.Title,
            definition.Map,
            act == DashboardAct.Wait ? "waiting" : refused ? "stopped" : act == DashboardAct.Stay ? "exhausted" : "current",
            JsonSerializer.SerializeToElement(dashboard.Key.Public.Jwk, CanonicalJson.Options),
            permit?.Id.ToString(),
            Write(charge),
            permit is { } line ? Write(line.Left) : null,
            (long)options.Value.Every.TotalSeconds,
            [.. DashboardQuestions.Of(definition).Select(pair => new DashboardQuestion(pair.Key, pair.Value))],
            new DashboardTopic(definition.Chronic.Title, definition.Chronic.Codes),
            new DashboardTopic(definition.Signal.Title, definition.Signal.Codes),
            refreshes.Count == 0 ? null : new DashboardRefresh(
                (int)refreshes[^1][0].Version,
                refreshes[^1][0].RefreshedAt,
                DashboardFigures.Rows(definition, answers[^1][DashboardQuestions.People], answers[^1][DashboardQuestions.Chronic]),
                answers[^1]),
            new OutbreakWatch(rule.FalseAlarmRate, rule.Power, refreshes.Count, FindOutbreak.Needed, signals));
    }

    private static string Write(ulong amount) => amount.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
