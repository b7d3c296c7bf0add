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
