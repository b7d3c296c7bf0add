using Dapper;
using Npgsql;
using Silos.Ledger.Records;
using Silos.Protocol;
using Story;
using Xunit;

namespace EndToEnd.Tests;

/// <summary>Hub and silos on PostgreSQL instead of SQLite files: the same stories, by one setting.</summary>
public class PostgresTests(PostgresStack running) : CrashTests(running), IClassFixture<PostgresStack>
{
    private readonly PostgresStack running = running.Required();

    /// <summary>Goal: the main job holds on PostgreSQL, and the history of it verifies. Method: the demo with its export.</summary>
    [Fact]
    public async Task The_demo_holds_on_postgresql()
    {
        var lines = new List<string>();
        await new Demo(running.Stack, TimeProvider.System, lines.Add).RunAsync(running.Options.In("history.zip"));
        Assert.Equal(2, lines.Count(line => line.EndsWith("verify: history verified", StringComparison.Ordinal)));
    }

    /// <summary>Goal: a database that goes and comes takes no host with it. Method: stop PostgreSQL under the running hub and silos until each has said what waits; start it; ask until it is answered, by the same processes.</summary>
    [Fact]
    public async Task A_database_that_was_stopped_and_started_ends_no_host()
    {
        var permit = await running.PermitAsync();
        Host[] hosts = [running.Stack.Hub, running.Stack.Silos[1], running.Stack.Silos[2]];
        var processes = hosts.Select(host => host.ProcessId).ToList();
        await running.Database.StopAsync();
        foreach (var host in hosts)
        {
            await Until.TrueAsync($"{host.Name} to miss its database", Patience, () => Task.FromResult(host.HasExited || host.Lines().Any(line => line.Contains(" wait: ", StringComparison.Ordinal))));
        }

        Assert.All(hosts, host => Assert.False(host.HasExited, string.Join('\n', host.Lines().TakeLast(20))));
        await running.Database.StartAgainAsync();

        var answered = await Until.ReadAsync("an answer", Patience, () => AskAsync(permit), answer => answer is { Ok: true });
        Assert.NotNull(answered!.Json["receipt"]);
        foreach (var host in hosts)
        {
            await host.ReadyAsync(Patience);
        }

        Assert.Equal(processes, hosts.Select(host => host.ProcessId));
        Assert.All(hosts, host => Assert.False(host.HasExited));
    }

    /// <summary>Goal: nothing of a question goes on behind its refusal, where a process that drains would cut it off. Method: while the test holds the lock under which snapshots are entered, ask above a permit's cap; once that refusal is entered, ask under an unknown permit: this later refusal leaves, the first only once the lock is free.</summary>
    [Fact]
    public async Task A_refusal_leaves_after_all_that_was_begun_for_its_question()
    {
        var (permit, silo) = (await running.PermitAsync("1000"), running.Stack.Silos[1]);
        await using var database = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(await running.Database.DatabaseAsync("silo-1")) { Pooling = false }.ConnectionString);
        await database.OpenAsync(TestContext.Current.CancellationToken);
        await database.ExecuteAsync("SELECT pg_advisory_lock(hashtextextended('snapshots', 0))");
        var refused = await RefusalsAsync();
        var asking = running.AskAtAsync(silo, permit);
        await Until.TrueAsync("the refusal to be entered", Patience, async () => await RefusalsAsync() > refused);
        Assert.Equal(RefusalCode.UnknownPermit, (await running.AskAtAsync(silo, Hash32.Random().ToString())).Code);
        Assert.False(asking.IsCompleted);

        await database.ExecuteAsync("SELECT pg_advisory_unlock(hashtextextended('snapshots', 0))");
        Assert.Equal(RefusalCode.OverPermitCap, (await asking).Code);

        Task<long> RefusalsAsync() => database.ExecuteScalarAsync<long>("SELECT COUNT(*) FROM refusals");
    }

    private async Task<Answered?> AskAsync(string permit)
    {
        try
        {
            return await running.AskAsync(permit);
        }
        catch (StoryException)
        {
            return null;
        }
    }
}
