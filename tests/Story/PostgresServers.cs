using System.Globalization;
using Npgsql;

namespace Story;

/// <summary>Several PostgreSQL servers of a run's own, for tables whose parts lie on all of them: the first is asked, holds part 0, and knows the other
/// parts as foreign tables (postgres_fdw).</summary>
public sealed class PostgresServers : IAsyncDisposable
{
    private readonly List<PostgresServer> servers = [];
    private readonly List<NpgsqlDataSource> databases = [];

    private PostgresServers()
    {
    }

    /// <summary>A database on each server, in the order of the parts.</summary>
    public IReadOnlyList<NpgsqlDataSource> Databases => databases;

    /// <summary>Starts so many servers, each with a database of that name.</summary>
    /// <exception cref="FileNotFoundException">PostgreSQL is not installed.</exception>
    public static async Task<PostgresServers> StartAsync(int count, string database)
    {
        var made = new PostgresServers();
        for (var number = 0; number < count; number++)
        {
            var server = await PostgresServer.StartAsync();
            made.servers.Add(server);
            made.databases.Add(NpgsqlDataSource.Create(await server.DatabaseAsync(database)));
        }

        await made.RunAsync(0, "CREATE EXTENSION postgres_fdw");
        for (var number = 1; number < count; number++)
        {
            await made.RunAsync(0, string.Create(
                CultureInfo.InvariantCulture,
                $"""
                CREATE SERVER part{number} FOREIGN DATA WRAPPER postgres_fdw
                    OPTIONS (host '127.0.0.1', port '{made.servers[number].Port}', dbname '{database}', async_capable 'true', fetch_size '10000');
                CREATE USER MAPPING FOR CURRENT_USER SERVER part{number} OPTIONS (user 'postgres', password_required 'false')
                """));
        }

        return made;
    }

    /// <summary>A further database on the first server.</summary>
    public async Task<NpgsqlDataSource> OnFirstAsync(string database) => NpgsqlDataSource.Create(await servers[0].DatabaseAsync(database));

    /// <summary>Makes a table of that name on the first server, partitioned by <c>part</c>, and <c>name_0</c>, <c>name_1</c>… each where its part lies.</summary>
    /// <param name="columns">As CREATE TABLE takes them; <c>part</c> among them.</param>
    public async Task CreateAsync(string table, string columns)
    {
        await RunAsync(0, $"CREATE TABLE {table} ({columns}) PARTITION BY LIST (part); CREATE TABLE {table}_0 PARTITION OF {table} FOR VALUES IN (0)");
        for (var number = 1; number < servers.Count; number++)
        {
            await RunAsync(number, string.Create(CultureInfo.InvariantCulture, $"CREATE TABLE {table}_{number} ({columns})"));
            await RunAsync(0, string.Create(CultureInfo.InvariantCulture, $"CREATE FOREIGN TABLE {table}_{number} PARTITION OF {table} FOR VALUES IN ({number}) SERVER part{number}"));
        }
    }

    /// <summary>Runs a statement on one of the servers.</summary>
    public async Task RunAsync(int number, string sql)
    {
        await using var command = databases[number].CreateCommand(sql);
        command.CommandTimeout = 0;
        await command.ExecuteNonQueryAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var database in databases)
        {
            await database.DisposeAsync();
        }

        foreach (var server in servers)
        {
            await server.DisposeAsync();
        }
    }
}
