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
}
