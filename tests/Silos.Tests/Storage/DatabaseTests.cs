using Dapper;
using Silos.Ledger.Storage;
using Xunit;

namespace Silos.Tests.Storage;

public sealed class SqliteDatabaseTests : DatabaseTests, IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("database").FullName;

    public void Dispose()
    {
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>Goal: what was deleted is in no byte of file and journal once the tables are written anew, whoever reads meanwhile. Method: a reader holds the state of before; delete, begin to write anew, let the reader go, scan.</summary>
    [Fact]
    public async Task What_was_deleted_is_in_no_byte_even_when_somebody_reads_meanwhile()
    {
        byte[] marker = [.. "planted-and-deleted"u8];
        await using var database = new Database(await ConnectionStringAsync());
        await database.MigrateAsync(typeof(Database).Assembly, "Log");
        await database.WriteAsync("test", within => within.Connection!.ExecuteAsync("INSERT INTO log_nodes (position, hash) VALUES (0, @marker)", new { marker }, within));
        await using var reader = await database.OpenAsync();
        await using var reading = ((Microsoft.Data.Sqlite.SqliteConnection)reader).BeginTransaction(deferred: true);
        Assert.Equal(1, await reader.ExecuteScalarAsync<long>("SELECT COUNT(*) FROM log_nodes", transaction: reading));
        await database.WriteAsync("test", within => within.Connection!.ExecuteAsync("DELETE FROM log_nodes", transaction: within));
        Assert.True(IsHeld(marker));

        var rewriting = database.RewriteAsync(["log_nodes"], TestContext.Current.CancellationToken);
        await reading.CommitAsync();
        await rewriting;
        Assert.False(IsHeld(marker));
    }

    /// <summary>Goal: putting a database away commits nothing more and leaves nobody waiting. Method: one writer stands in its step, another waits for its turn, dispose, let the first go on; both are refused.</summary>
    [Fact]
    public async Task Whoever_writes_or_waits_when_the_database_is_put_away_is_refused()
    {
        var database = new Database(await ConnectionStringAsync());
        await database.MigrateAsync(typeof(Database).Assembly, "Log");
        var (inside, goOn) = (new TaskCompletionSource(), new TaskCompletionSource());
        var writes = database.WriteAsync("test", async within =>
        {
            await within.Connection!.ExecuteAsync("INSERT INTO log_nodes (position, hash) VALUES (0, x'00')", transaction: within);
            inside.SetResult();
            await goOn.Task;
        });
        await inside.Task;
        var waits = database.WriteAsync("test", _ => Task.CompletedTask);

        await database.DisposeAsync();
        goOn.SetResult();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => writes);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => waits.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken));
        await using var later = new Database(await ConnectionStringAsync());
        Assert.Equal(0, await later.ReadAsync(connection => connection.ExecuteScalarAsync<long>("SELECT COUNT(*) FROM log_nodes")));
    }

    protected override Task<string> ConnectionStringAsync() => Task.FromResult($"Data Source={Path.Combine(folder, "test.db")}");

    private bool IsHeld(byte[] marker) => Directory.EnumerateFiles(folder).Any(file =>
    {
        using var open = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var bytes = new byte[open.Length];
        open.ReadExactly(bytes);
        return bytes.AsSpan().IndexOf(marker) >= 0;
    });
}

public sealed class PostgresDatabaseTests(Postgres postgres) : DatabaseTests
{
    protected override Task<string> ConnectionStringAsync() => postgres.NewDatabaseAsync();
}

/// <summary>What every store may rely on, on both engines.</summary>
public abstract class DatabaseTests
{
    /// <summary>Goal: a writer's steps never overlap, whatever process they run in. Method: 4 processes, as it were, count up a number 25 times each by reading and writing it.</summary>
    [Fact]
    public async Task A_writers_steps_happen_one_at_a_time()
    {
        var connectionString = await ConnectionStringAsync();
        await using var setup = new Database(connectionString);
        await setup.MigrateAsync(typeof(Database).Assembly, "Log");
        await setup.WriteAsync("test", within => within.Connection!.ExecuteAsync("INSERT INTO log_nodes (position, hash) VALUES (0, @none)", new { none = Array.Empty<byte>() }, within));
        var databases = Enumerable.Range(0, 4).Select(_ => new Database(connectionString)).ToList();
        await Task.WhenAll(databases.SelectMany(database => Enumerable.Range(0, 25).Select(_ => Task.Run(() => database.WriteAsync("test", async within =>
        {
            var position = await within.Connection!.QuerySingleAsync<long>("SELECT position FROM log_nodes", transaction: within);
            await Task.Yield();
            await within.Connection!.ExecuteAsync("UPDATE log_nodes SET position = @next", new { next = position + 1 }, within);
        })))));
        Assert.Equal(100, await setup.ReadAsync(connection => connection.QuerySingleAsync<long>("SELECT position FROM log_nodes")));
        foreach (var database in databases)
        {
            await database.DisposeAsync();
        }
    }

    /// <summary>Goal: of a host's processes one does work that no transaction spans; on SQLite, where a host is one process, nobody is held up. Method: two processes, as it were, take one name; release it, and the second gets it.</summary>
    [Fact]
    public async Task Work_outside_of_transactions_is_held_by_one_process()
    {
        var connectionString = await ConnectionStringAsync();
        await using var one = new Database(connectionString);
        await using var other = new Database(connectionString);
        var held = await one.TryHoldAsync("letters", TestContext.Current.CancellationToken);
        Assert.NotNull(held);
        Assert.Equal(!one.IsPostgres, await TakesAsync("letters"));
        Assert.True(await TakesAsync("others"));
        await held.DisposeAsync();
        Assert.True(await TakesAsync("letters"));

        async Task<bool> TakesAsync(string work)
        {
            await using var taken = await other.TryHoldAsync(work, TestContext.Current.CancellationToken);
            return taken is not null;
        }
    }

    /// <summary>Goal: a step that fails leaves nothing behind. Method: insert, throw, count; the next step goes on.</summary>
    [Fact]
    public async Task A_step_that_fails_leaves_nothing_behind()
    {
        await using var database = new Database(await ConnectionStringAsync());
        await database.MigrateAsync(typeof(Database).Assembly, "Log");
        await Assert.ThrowsAsync<TimeoutException>(() => database.WriteAsync("test", async within =>
        {
            await within.Connection!.ExecuteAsync("INSERT INTO log_identity (one, origin) VALUES (1, 'lost')", transaction: within);
            throw new TimeoutException();
        }));
        await database.WriteAsync("test", within => within.Connection!.ExecuteAsync("INSERT INTO log_identity (one, origin) VALUES (1, 'kept')", transaction: within));
        Assert.Equal("kept", await database.ReadAsync(connection => connection.QuerySingleAsync<string>("SELECT origin FROM log_identity")));
    }

    /// <summary>Goal: processes that start together make the tables once. Method: migrate from four at the same time, and once more.</summary>
    [Fact]
    public async Task Tables_are_made_once()
    {
        var connectionString = await ConnectionStringAsync();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            await using var database = new Database(connectionString);
            await database.MigrateAsync(typeof(Database).Assembly, "Log");
        })));
        await using var again = new Database(connectionString);
        await again.MigrateAsync(typeof(Database).Assembly, "Log");
        Assert.Single(await again.ReadAsync(connection => connection.QueryAsync<string>("SELECT name FROM schema_files")));
    }

    /// <summary>Goal: a connection string of neither engine is refused with a word on what is allowed. Method: one with a password alone.</summary>
    [Fact]
    public void A_connection_string_of_neither_engine_is_refused() =>
        Assert.Contains("'Data Source' (SQLite) nor 'Host' (PostgreSQL)", Assert.Throws<ArgumentException>(() => new Database("Password=x")).Message, StringComparison.Ordinal);

    protected abstract Task<string> ConnectionStringAsync();
}
