using System.Globalization;
using System.Text;
using System.Text.Json;
using Anonymizer.DifferentialPrivacy.Queries;
using Microsoft.Extensions.Logging.Abstractions;
using Research.Api.Outbox;
using Research.Api.Silos;
using Research.Api.Telemetry;
using Silos.Consents;
using Silos.Datasets;
using Silos.Ledger.Chain;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;
using Silos.Protocol;
using Silos.Queries;

namespace Simulation.Tests;

/// <summary>A hub, its hospitals, a chain, patients and two researchers; what happens, and what goes wrong, is drawn from the seed.</summary>
internal sealed class World : IAsyncDisposable
{
    private const int Steps = 24;
    private const ulong Price = 6641525;
    private static readonly string[] NamedStep = [NamedSteps.Reserved, NamedSteps.Computed, NamedSteps.Logged];
    private static readonly Deployed Deployed = new("31337", "0x" + new string('a', 40));

    private readonly Draw draw;
    private readonly DirectoryInfo folder;
    private readonly SimulatedClock clock = new();
    private readonly SigningKey hubKey = SigningKey.Create();
    private readonly SigningKey researcher = SigningKey.Create();
    private readonly HubMeasures measures = new();
    private readonly Dictionary<(SimulatedSilo, string Patient), (string Subject, SigningKey Key, int Sequence)> patients = [];
    private readonly List<Permit> permits = [];
    private IReadOnlyList<SiloClient> lines = [];
    private Database? hubDatabase;
    private OutboxStore? outbox;
    private OutboxRunner? runner;

    public World(int seed, int silos)
    {
        draw = new Draw(seed);
        folder = Directory.Exists("/dev/shm") ? Directory.CreateDirectory(Path.Combine("/dev/shm", Path.GetRandomFileName())) : Directory.CreateTempSubdirectory("simulation-");
        Chain = new SimulatedChain(clock);
        Silos = [.. Enumerable.Range(0, silos).Select(number => new SimulatedSilo(folder.CreateSubdirectory($"silo-{number}").FullName, number, Chain, clock, Deployed))];
        Network = new SimulatedNetwork(Silos, Chain);
    }

    public SimulatedChain Chain { get; }

    public IReadOnlyList<SimulatedSilo> Silos { get; }

    public SimulatedNetwork Network { get; }

    /// <summary>The hash of every question that a researcher signed, and whether she asked for a fresh answer.</summary>
    public Dictionary<Hash32, SignedQuery> Asked { get; } = [];

    public IReadOnlyList<Permit> Permits => permits;

    public static Deployed On => Deployed;

    /// <summary>What happened, a line a step, for whoever replays a seed.</summary>
    public List<string> Story { get; } = [];

    /// <summary>Runs the schedule, then lets everything come to rest.</summary>
    public async Task RunAsync()
    {
        await FoundAsync();
        for (var step = 0; step < Steps; step++)
        {
            await StepAsync();
        }

        await RestAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var silo in Silos)
        {
            await silo.DisposeAsync();
        }

        runner?.Dispose();
        await (hubDatabase?.DisposeAsync() ?? ValueTask.CompletedTask);
        Network.Dispose();
        measures.Dispose();
        researcher.Dispose();
        hubKey.Dispose();
        foreach (var (_, key, _) in patients.Values)
        {
            key.Dispose();
        }

        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        folder.Delete(recursive: true);
    }

    private async Task FoundAsync()
    {
        foreach (var silo in Silos)
        {
            await silo.StartAsync();
            Chain.Limit(silo.Identity.Register, new Amount(12 * Price, 0, 0));
            await EnrolAsync(silo);
        }

        lines = [.. Silos.Select((silo, number) => new SiloClient(new HttpClient(Network, disposeHandler: false), [new Uri($"http://hospital-{number.ToString(CultureInfo.InvariantCulture)}.example")], silo.Identity.Name, hubKey, clock))];
        hubDatabase = new Database($"Data Source={Path.Combine(folder.FullName, "hub.db")}");
        await hubDatabase.MigrateAsync(typeof(OutboxStore).Assembly, "Persistence");
        outbox = new OutboxStore(hubDatabase, clock);
        runner = new OutboxRunner(hubDatabase, outbox, new Dictionary<string, Deliver> { ["permit"] = DeliverAsync }, measures, clock, NullLogger<OutboxRunner>.Instance);
        await IssueAsync();
    }

    private async Task EnrolAsync(SimulatedSilo silo)
    {
        var names = silo.Part<DatasetShelf>().Find(SimulatedSilo.Dataset, out _)!.Patients;
        var keys = names.ToDictionary(name => name, _ => SigningKey.Create());
        var (enrolled, _) = await silo.Part<ConsentRegister>().EnrolAsync([.. names.Select(name => new PatientKeys(name, KeySet.Of(keys[name].Public.Jwk)))], silo.Life);
        foreach (var one in enrolled)
        {
            patients[(silo, one.Patient)] = (one.Subject, keys[one.Patient], 0);
        }

        await SendAsync(silo, SiloRoutes.Directives, new DirectiveSubmission([.. names.Where(_ => !draw.OneIn(8)).Select(name => Decision(silo, name, Directive.Permit))]), null);
    }

    private async Task StepAsync()
    {
        clock.Advance(TimeSpan.FromSeconds(1 + draw.Below(600)));
        switch (draw.Below(10))
        {
            case < 5:
                await AskAsync();
                break;
            case 5:
                await DecideAsync();
                break;
            case 6:
                await Task.WhenAll(AskAsync(), DecideAsync());
                break;
            case 7:
                Trouble();
                break;
            case 8:
                await ActAsync();
                break;
            default:
                await Network.BringLateAsync();
                break;
        }

        foreach (var silo in Silos.Where(silo => silo.Ended))
        {
            if (draw.OneIn(2))
            {
                await StartAgainAsync(silo);
            }
        }
    }

    /// <summary>Up to four questions at once, each with a fate of its own.</summary>
    private async Task AskAsync()
    {
        var asking = new List<Task>();
        for (var i = draw.Below(4); i >= 0; i--)
        {
            var (silo, permit) = (draw.Of(Silos), draw.Of(permits));
            var text = $$"""{"where":[{"attribute":"age","atLeast":{{18 + draw.Below(4)}} }],"measures":[{"kind":"count"}],"loss":{"epsilon":0.5,"delta":1e-6} }""";
            var query = JsonDocument.Parse(text).RootElement;
            var schema = silo.Ended ? null : silo.Part<DatasetShelf>().Find(SimulatedSilo.Dataset, out _)?.Schema;
            var (fresh, fate) = (draw.OneIn(2), NextFate());
            if (schema is null)
            {
                continue;
            }

            var body = new SignedQuery(Deployed.ChainId, Deployed.Contract, Nonce.New(), permit.Id(), silo.Identity.Register, SimulatedSilo.Dataset, Hash32.Of(Query.Parse(query, schema).Canonical()), Fresh: fresh);
            var signed = SignedRecord.Sign(body, researcher);
            Asked[signed.Hash()] = body;
            asking.Add(SendAsync(silo, SiloRoutes.Queries, new QuerySubmission(JsonSerializer.SerializeToElement(signed, CanonicalJson.Options), query), fate));
        }

        await Task.WhenAll(asking);
    }

    private Task DecideAsync()
    {
        var silo = draw.Of(Silos);
        var names = patients.Keys.Where(key => key.Item1 == silo).Select(key => key.Patient).Order(StringComparer.Ordinal).ToList();
        var who = Enumerable.Range(0, 1 + draw.Below(5)).Select(_ => draw.Of(names)).Distinct().ToList();
        var decision = draw.OneIn(3) ? Directive.Permit : Directive.Deny;
        var fate = NextFate();
        return SendAsync(silo, SiloRoutes.Directives, new DirectiveSubmission([.. who.Select(name => Decision(silo, name, decision))]), fate);
    }

    /// <summary>The patient's next decision. She numbers on only once she heard that one was recorded; a sequence that is no longer free is refused.</summary>
    private JsonElement Decision(SimulatedSilo silo, string patient, string decision)
    {
        var (subject, key, _) = patients[(silo, patient)];
        var sequence = 1 + Network.Decisions[silo].Count(made => made.Subject == subject);
        var body = new Directive(
            Deployed.ChainId, Deployed.Contract, Nonce.New(), subject, silo.Identity.Register, sequence, decision, ["DUO:0000042"], ["non-profit"], ["*"], ["statistics"],
            RecordTime.Write(clock.GetUtcNow().AddSeconds(-1)), new ConsentText(Hash32.Of("words"), "en", "1"));
        return JsonSerializer.SerializeToElement(SignedRecord.Sign(body, key), CanonicalJson.Options);
    }

    private void Trouble()
    {
        switch (draw.Below(4))
        {
            case 0:
                Chain.FallSilent(1 + draw.Below(3));
                Story.Add("the node falls silent");
                break;
            case 1:
                Chain.LoseReceipts(1);
                Story.Add("a receipt will be lost");
                break;
            default:
                var (silo, step) = (draw.Of(Silos), draw.Of(NamedStep));
                if (!silo.Ended)
                {
                    silo.EndAt(step);
                    Story.Add($"{silo.Identity.Name} will end at {step}");
                }

                break;
        }
    }

    private async Task ActAsync()
    {
        switch (draw.Below(4))
        {
            case 0:
                await IssueAsync();
                break;
            case 1:
                var suspended = draw.Of(permits).Id();
                Chain.Act(suspended, PermitStatus.Suspended);
                await AskAsync();
                Chain.Act(suspended, PermitStatus.Active);
                break;
            case 2:
                Chain.Act(draw.Of(permits).Id(), PermitStatus.Revoked);
                await IssueAsync();
                break;
            default:
                clock.Advance(TimeSpan.FromDays(draw.Below(20)));
                break;
        }
    }

    /// <summary>The board issues a permit for all hospitals, and the hub's outbox brings it to them.</summary>
    private async Task IssueAsync()
    {
        var now = clock.GetUtcNow();
        var cap = ((ulong)(2 + draw.Below(5)) * Price).ToString(CultureInfo.InvariantCulture);
        var permit = new Permit(
            Deployed.ChainId, Deployed.Contract, Nonce.New(), Hash32.Random(), "application", "DUO:0000042", new PermitUse("non-profit", "BR"),
            [.. Silos.Select(silo => new PermitDataset(silo.Identity.Register, SimulatedSilo.Dataset))], [new PermitPerson(researcher.Id)], [.. Silos.Select(silo => new PermitCap(silo.Identity.Register, cap, "0"))],
            [SignedQuery.Statistics], 11, RecordTime.Write(now.AddMinutes(-1)), RecordTime.Write(now.AddDays(30)));
        Chain.Issue(permit);
        permits.Add(permit);
        var document = Encoding.UTF8.GetString(CanonicalJson.Bytes(permit));
        await hubDatabase!.WriteAsync("outbox", async within =>
        {
            for (var silo = 0; silo < Silos.Count; silo++)
            {
                await outbox!.AddAsync(within, $"permit/{permit.Id()}/{silo}", "permit", $"{silo} {document}");
            }
        });
        for (var silo = 0; silo < Silos.Count; silo++)
        {
            await runner!.DrainAsync($"permit/{permit.Id()}/{silo}", CancellationToken.None);
        }
    }

    private async Task<string?> DeliverAsync(Message message, CancellationToken cancel)
    {
        var (silo, document) = (int.Parse(message.Body[..message.Body.IndexOf(' ')], CultureInfo.InvariantCulture), message.Body[(message.Body.IndexOf(' ') + 1)..]);
        if (Silos[silo].Ended)
        {
            return "nobody is there";
        }

        var answer = await lines[silo].PutAsync($"{SiloRoutes.Permits}/{Hash32.Of(document)}", Encoding.UTF8.GetBytes(document), cancel);
        return answer.Status == 204 ? null : $"answered {answer.Status}";
    }

    private Fate NextFate() => draw.Below(8) switch { 0 => Fate.Lost, 1 => Fate.AnswerLost, 2 => Fate.Doubled, 3 => Fate.Late, _ => Fate.Arrives };

    /// <summary>Sends through the hub's client of the silo; what is lost is lost, and nobody sends it again.</summary>
    private async Task SendAsync<T>(SimulatedSilo silo, string route, T body, Fate? fate)
    {
        if (lines.Count == 0)
        {
            // Before the hub is there, the hospital's own officer brings it.
            using var direct = new HttpMessageInvoker(Network, disposeHandler: false);
            using var request = new HttpRequestMessage(HttpMethod.Post, $"http://hospital-{Place(silo)}.example{route}") { Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(body, JsonSerializerOptions.Web)) };
            using var answered = await direct.SendAsync(request, CancellationToken.None);
            return;
        }

        if (fate is { } named)
        {
            Network.Fates.Enqueue(named);
        }

        try
        {
            var answer = await lines[Place(silo)].PostAsync(route, body, CancellationToken.None);
            Story.Add($"{silo.Identity.Name} {route} {fate}: {answer.Status} {(answer.Status == 200 ? "" : Encoding.UTF8.GetString(answer.Body))}");
        }
        catch (SiloUnreachableException)
        {
            Story.Add($"{silo.Identity.Name} {route} {fate}: unreachable");
        }
    }

    private int Place(SimulatedSilo silo) => Silos.Select((one, place) => (one, place)).First(pair => pair.one == silo).place;

    private async Task StartAgainAsync(SimulatedSilo silo)
    {
        Story.Add($"{silo.Identity.Name} starts again");
        clock.Advance(TimeSpan.FromSeconds(6));
        await silo.StartAsync();
    }

    /// <summary>No more trouble: everybody is up, everything that was delayed has come, nothing is unfinished.</summary>
    private async Task RestAsync()
    {
        Chain.FallSilent(0);
        Chain.LoseReceipts(0);
        await Network.BringLateAsync();
        foreach (var silo in Silos)
        {
            if (silo.Ended)
            {
                await StartAgainAsync(silo);
            }

            clock.Advance(TimeSpan.FromSeconds(6));
            await silo.FinishAsync();
            var log = silo.Part<global::Silos.Ledger.Log.LedgerLog>();
            await log.WhenFinalAsync(await log.CountAsync() - 1, silo.Life);
        }
    }
}
