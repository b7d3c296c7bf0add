using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Dapper;
using Npgsql;
using Research.Api.Protocol;
using Silos.Protocol;
using Story;
using Xunit;

namespace EndToEnd.Tests;

/// <summary>One register served by three processes on one PostgreSQL, any of which may die.</summary>
public class ManyProcessesTests(PostgresStack running, ITestOutputHelper output) : IClassFixture<PostgresStack>
{
    /// <summary>A cheap question: fifty budgets for ten fit into the register's.</summary>
    private const string Cheap = """{"where":[{"attribute":"age","atLeast":18}],"measures":[{"kind":"count"}],"loss":{"epsilon":0.1,"delta":1e-6}}""";

    private const int Budget = 10;
    private const int Requests = 200;
    private const int Kills = 3;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private readonly PostgresStack running = running.Required();

    /// <summary>Goal: a budget for ten answers charges at most ten, and gives no answer uncharged, whichever processes die when. Method: 200 fresh questions at once over three processes, three of which are killed after random numbers of outcomes and started again; then what the chain charged, what the database holds, and each answer's entry. 3 rounds, 50 in the long form.</summary>
    [Fact]
    public async Task A_budget_for_ten_charges_at_most_ten_and_answers_none_uncharged_whoever_is_killed()
    {
        var seed = Environment.GetEnvironmentVariable("RESEARCHHUB_SEED") is { } named ? int.Parse(named, CultureInfo.InvariantCulture) : Environment.TickCount;
        var rounds = Environment.GetEnvironmentVariable("RESEARCHHUB_LONG") == "1" ? 50 : 3;
        output.WriteLine($"seed {seed}, {rounds} rounds");
        Host[] processes = [running.Stack.Silos[1], await running.Stack.StartBesideAsync(1, 1), await running.Stack.StartBesideAsync(1, 2)];
        foreach (var process in processes)
        {
            await process.ReadyAsync(Patience);
        }

        for (var round = 0; round < rounds; round++)
        {
            await RoundAsync(processes, new SeededDraw(seed + round));
        }
    }

    private async Task RoundAsync(Host[] processes, SeededDraw draw)
    {
        var price = await running.PriceAsync(Cheap);
        var permit = await running.PermitAsync((Budget * price).ToString(CultureInfo.InvariantCulture));
        var first = await running.AskAtAsync(processes[0], permit, fresh: true, Cheap);
        Assert.True(first.Ok, first.Body);
        var outcomes = 0;
        var asked = Enumerable.Range(0, Requests).Select(_ => draw.Below(processes.Length)).ToList();
        var kills = Enumerable.Range(0, Kills).Select(i => (After: draw.Below(Requests >> (3 * i)), Victim: draw.Below(processes.Length))).OrderBy(kill => kill.After).ToList();
        var asking = asked.Select(async place =>
        {
            try
            {
                return await running.AskAtAsync(processes[place], permit, fresh: true, Cheap);
            }
            catch (Exception lost) when (lost is HttpRequestException or TaskCanceledException)
            {
                return null;
            }
            finally
            {
                Interlocked.Increment(ref outcomes);
            }
        }).ToList();
        foreach (var (after, victim) in kills)
        {
            await Until.TrueAsync($"{after} outcomes", Patience, () => Task.FromResult(Volatile.Read(ref outcomes) >= after));
            await processes[victim].KillAsync();
            processes[victim] = await StartAgainAsync(victim);
        }

        var answers = (await Task.WhenAll(asking)).OfType<Answered>().ToList();
        foreach (var process in processes)
        {
            await process.ReadyAsync(Patience);
        }

        await using var database = new NpgsqlConnection(await running.Database.DatabaseAsync("silo-1"));
        await Until.ReadAsync("the unfinished questions to be finished", Patience,
            () => database.ExecuteScalarAsync<long>("SELECT COUNT(*) FROM queries WHERE permit = @permit AND state IN ('reserved', 'computed')", new { permit }), left => left == 0);
        await JudgeAsync(database, permit, price, answers);
    }

    private async Task JudgeAsync(NpgsqlConnection database, string permit, ulong price, List<Answered> answers)
    {
        var spent = await running.SpentAsync(permit);
        var charged = (int)(spent / price);
        var given = answers.Where(answer => answer.Ok).ToList();
        output.WriteLine($"of {Requests} and one: {answers.Count} outcomes, {given.Count + 1} answered, {charged} charged; refused: {string.Join(", ", answers.Where(answer => !answer.Ok).GroupBy(answer => answer.Code).Select(group => $"{group.Count()} {group.Key}"))}");
        Assert.Equal(0UL, spent % price);
        Assert.InRange(charged, given.Count + 1, Budget);
        Assert.Equal(((long)spent, 0L), await database.QuerySingleAsync<(long, long)>("SELECT posted_rho, pending_rho FROM budgets WHERE account = @account", new { account = "permit:" + permit }));
        Assert.Equal(charged, await database.ExecuteScalarAsync<long>("SELECT COUNT(*) FROM queries q JOIN log_settlements s ON s.seq = q.seq WHERE q.permit = @permit AND s.refusal = 'None'", new { permit }));
        var entries = given.Select(answer => answer.Json["receipt"]!["body"]!["entry"]!).ToList();
        Assert.Equal(entries.Count, entries.Select(entry => entry["seq"]!.GetValue<long>()).Distinct().Count());
        foreach (var seq in entries.Select(entry => entry["seq"]!.GetValue<long>()))
        {
            Assert.Equal("None", await database.ExecuteScalarAsync<string>("SELECT refusal FROM log_settlements WHERE seq = @seq", new { seq }));
        }
    }

    /// <summary>Goal: with the process that batches killed, another batches within five seconds. Method: three times, ask until one process says that it anchors; kill it, ask another at once, and measure from the kill to the answer.</summary>
    [Fact]
    public async Task Leadership_for_batching_is_handed_over_within_five_seconds_of_a_kill()
    {
        (string, string?)[] tell = [("Logging:LogLevel:Silos.Ledger.Log.LedgerLog", "Debug")];
        var permit = await running.PermitAsync();
        await running.Stack.StartSiloAsync(1, tell);
        Host[] processes = [running.Stack.Silos[1], await running.Stack.StartBesideAsync(1, 1, tell), await running.Stack.StartBesideAsync(1, 2, tell)];
        foreach (var process in processes)
        {
            await process.ReadyAsync(Patience);
        }

        var took = new List<double>();
        for (var round = 0; round < 3; round++)
        {
            Assert.True((await running.AskAtAsync(processes[0], permit)).Ok);
            var leader = Array.FindIndex(processes, process => process.ProcessId == Leader(processes));
            var killed = Stopwatch.StartNew();
            await processes[leader].KillAsync();
            var answer = await running.AskAtAsync(processes[(leader + 1) % processes.Length], permit);
            took.Add(killed.Elapsed.TotalSeconds);
            Assert.True(answer.Ok, answer.Body);
            processes[leader] = await StartAgainAsync(leader, tell);
            await processes[leader].ReadyAsync(Patience);
        }

        output.WriteLine("from kill to the next final answer: " + string.Join(", ", took.Select(seconds => seconds.ToString("0.00 s", CultureInfo.InvariantCulture))));
        Assert.All(took, seconds => Assert.InRange(seconds, 0, 5));
    }

    /// <summary>Goal: a rolling restart of all processes of hub and silo shows no caller an error. Method: eight callers ask through two hubs, each time one that says that it is ready, as a proxy would; meanwhile each silo process and each hub is ended by SIGTERM with two seconds' notice and started again, one after the other. A health check beside the callers sees each hub say that it ends, with the last answer on its connection, also while all callers wait for answers.</summary>
    [Fact]
    public async Task A_rolling_restart_of_hubs_and_silos_shows_no_caller_an_error()
    {
        var permit = await running.PermitAsync();
        (string, string?) notice = ("Drain:Notice", "00:00:02");
        (string, string?)[] ofHub = [running.Stack.BesideSetting(1, 1), notice];
        await running.Stack.StartSiloAsync(1, notice);
        await running.Stack.StartBesideAsync(1, 1, notice);
        await ReadyAsync();
        await running.Stack.StartHubAsync(second: false, ofHub);
        await running.Stack.StartHubAsync(second: true, ofHub);
        Assert.True((await running.AskAsync(permit)).Ok);
        using var stop = new CancellationTokenSource();
        using var http = new HttpClient { Timeout = Patience };
        var farewells = new ConcurrentBag<(Uri Hub, bool Closes)>();
        var callers = Enumerable.Range(0, 8).Select(caller => Task.Run(() => AskOnAsync(http, permit, caller, farewells, stop.Token))).ToList();
        List<Task> checks = [CheckOnAsync(http, running.Stack.HubUrl, farewells, stop.Token), CheckOnAsync(http, running.Stack.HubBesideUrl, farewells, stop.Token)];
        try
        {
            await running.Stack.StartBesideAsync(1, 1, notice);
            await ReadyAsync();
            await running.Stack.StartSiloAsync(1, notice);
            await ReadyAsync();
            await running.Stack.StartHubAsync(second: true, ofHub);
            await running.Stack.StartHubAsync(second: false, ofHub);
        }
        finally
        {
            await stop.CancelAsync();
        }

        await Task.WhenAll(checks);
        var seen = (await Task.WhenAll(callers)).SelectMany(answers => answers).ToList();
        output.WriteLine($"{seen.Count} answers while every process was restarted");
        Assert.NotEmpty(seen);
        Assert.All(seen, answer => Assert.True(answer.Ok, $"{answer.Status} {answer.Body}"));
        Assert.Equal(2, farewells.Select(farewell => farewell.Hub).Distinct().Count());
        Assert.All(farewells, farewell => Assert.True(farewell.Closes));

        async Task ReadyAsync()
        {
            await running.Stack.Silos[1].ReadyAsync(Patience);
            await running.Stack.Beside(1, 1).ReadyAsync(Patience);
        }
    }

    /// <summary>One caller's answers, one after the other, until it is stopped.</summary>
    private async Task<List<Answered>> AskOnAsync(HttpClient http, string permit, int caller, ConcurrentBag<(Uri, bool)> farewells, CancellationToken stop)
    {
        var answers = new List<Answered>();
        Uri[] hubs = [running.Stack.HubUrl, running.Stack.HubBesideUrl];
        for (var turn = caller; !stop.IsCancellationRequested; turn++)
        {
            if (await IsReadyAsync(http, hubs[turn % 2], farewells))
            {
                answers.Add(await running.AskThroughAsync(http, hubs[turn % 2], permit));
            }
        }

        return answers;
    }

    /// <summary>A proxy's health check: ten times a second until it is stopped.</summary>
    private static async Task CheckOnAsync(HttpClient http, Uri hub, ConcurrentBag<(Uri, bool)> farewells, CancellationToken stop)
    {
        using var clock = new PeriodicTimer(TimeSpan.FromSeconds(0.1));
        while (!stop.IsCancellationRequested)
        {
            await IsReadyAsync(http, hub, farewells);
            await clock.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    /// <summary>What a proxy asks before it sends somebody there; keeps what an ending hub says.</summary>
    private static async Task<bool> IsReadyAsync(HttpClient http, Uri hub, ConcurrentBag<(Uri, bool)> farewells)
    {
        try
        {
            using var answer = await http.GetAsync(new Uri(hub, HubRoutes.Ready));
            if ((await answer.Content.ReadAsStringAsync()).Contains("ending", StringComparison.Ordinal))
            {
                farewells.Add((hub, answer.Headers.ConnectionClose == true));
            }

            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private async Task<Host> StartAgainAsync(int process, params (string, string?)[] settings)
    {
        if (process > 0)
        {
            return await running.Stack.StartBesideAsync(1, process, settings);
        }

        await running.Stack.StartSiloAsync(1, settings);
        return running.Stack.Silos[1];
    }

    /// <summary>The process that said last that it anchors.</summary>
    private static int Leader(IEnumerable<Host> processes) => processes
        .SelectMany(process => process.Lines().Select((line, place) => (process.ProcessId, Line: line)))
        .Where(said => said.Line.Contains("anchors from now on", StringComparison.Ordinal))
        .MaxBy(said => said.Line[(said.Line.LastIndexOf(' ') + 1)..], StringComparer.Ordinal).ProcessId;

    /// <summary>Draws that a seed repeats.</summary>
    private sealed class SeededDraw(int seed)
    {
        private ulong state = (ulong)(uint)seed + 0x9E3779B97F4A7C15;

        public int Below(int bound)
        {
            state = unchecked(state * 6364136223846793005 + 1442695040888963407);
            return bound <= 1 ? 0 : (int)((state >> 33) % (ulong)bound);
        }
    }
}
