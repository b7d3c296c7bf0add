using System.Data.Common;
using System.Reflection;
using Dapper;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Silos.Ledger.Storage;

/// <summary>
/// One database, SQLite or PostgreSQL by its connection string, behind the same numbered SQL files.
/// Writing goes through <see cref="WriteAsync{T}"/> alone, which holds the named writer's lock until the transaction ends.
/// </summary>
public sealed class Database : IAsyncDisposable
{
    private const int MostPrepared = 200;
    private static readonly TimeSpan BetweenCheckpoints = TimeSpan.FromMilliseconds(20);
    private readonly string connectionString;
    private readonly SemaphoreSlim oneWriter = new(1, 1);
    private readonly NpgsqlDataSource? postgres;
    private volatile bool ended;

    /// <param name="connectionString"><c>Data Source=file</c> for SQLite, <c>Host=…</c> for PostgreSQL.</param>
    /// <exception cref="ArgumentException">Neither of the two.</exception>
    public Database(string connectionString)
    {
        DefaultTypeMap.MatchNamesWithUnderscores = true;
        var builder = new DbConnectionStringBuilder { ConnectionString = connectionString };
        if (builder.ContainsKey("Host"))
        {
            // The same few statements again and again: PostgreSQL parses and plans each once a connection, where the operator did not set it. Nothing here changes
            // a session but the locks of TryHoldAsync, which their holder gives back: the seven statements that would set one back are spared.
            var source = new NpgsqlDataSourceBuilder(connectionString);
            source.ConnectionStringBuilder.NoResetOnClose = true;
            source.ConnectionStringBuilder.MaxAutoPrepare = source.ConnectionStringBuilder.MaxAutoPrepare == 0 ? MostPrepared : source.ConnectionStringBuilder.MaxAutoPrepare;
            postgres = source.Build();
            this.connectionString = connectionString;
        }
        else if (builder.ContainsKey("Data Source"))
        {
            this.connectionString = new SqliteConnectionStringBuilder(connectionString) { ForeignKeys = true, DefaultTimeout = 30, Pooling = true }.ToString();
        }
        else
        {
            throw new ArgumentException("connection string: holds neither 'Data Source' (SQLite) nor 'Host' (PostgreSQL)", nameof(connectionString));
        }
    }

    /// <summary>Whether this is PostgreSQL.</summary>
    public bool IsPostgres => postgres is not null;

    /// <summary>A connection for reading, opened; the caller disposes it.</summary>
    public async Task<DbConnection> OpenAsync(CancellationToken cancel = default)
    {
        if (postgres is not null)
        {
            return await postgres.OpenConnectionAsync(cancel);
        }

        var connection = new SqliteConnection(connectionString);
        await connection.OpenAsync(cancel);
        return connection;
    }

    /// <summary>Reads with a connection of its own, and once more where that had been cut while it lay in the pool.</summary>
    public async Task<T> ReadAsync<T>(Func<DbConnection, Task<T>> read, CancellationToken cancel = default)
    {
        try
        {
            await using var connection = await OpenAsync(cancel);
            return await read(connection);
        }
        catch (NpgsqlException cut) when (WasCut(cut))
        {
            await using var connection = await OpenAsync(cancel);
            return await read(connection);
        }
    }

    /// <summary>
    /// Runs the step in one durable transaction while holding the writer's lock, which no other process on this database holds meanwhile.
    /// Locks on further writers inside a step are taken by <see cref="LockAsync"/>, always in the order register, then log.
    /// </summary>
    /// <param name="writer">Name of what changes one step at a time: a register, a log, a feature's store.</param>
    public async Task<T> WriteAsync<T>(string writer, Func<DbTransaction, Task<T>> step, CancellationToken cancel = default)
    {
        if (postgres is not null)
        {
            var begun = await BeginAsync(postgres, writer, cancel);
            await using var pooled = begun.Connection!;
            await using var within = begun;
            var result = await step(within);
            await within.CommitAsync(cancel);
            return result;
        }

        await oneWriter.WaitAsync(cancel);
        try
        {
            ObjectDisposedException.ThrowIf(ended, this);
            await using var connection = new SqliteConnection(connectionString);
            await connection.OpenAsync(cancel);
            await using var transaction = connection.BeginTransaction(deferred: false);
            var result = await step(transaction);
            ObjectDisposedException.ThrowIf(ended, this);
            await transaction.CommitAsync(cancel);
            return result;
        }
        finally
        {
            oneWriter.Release();
        }
    }

    /// <inheritdoc cref="WriteAsync{T}"/>
    public Task WriteAsync(string writer, Func<DbTransaction, Task> step, CancellationToken cancel = default) =>
        WriteAsync(writer, async transaction =>
        {
            await step(transaction);
            return 0;
        }, cancel);

    /// <summary>Begins with the writer's lock held; once more where the connection had been cut while it lay in the pool, for nothing was done yet.</summary>
    private async Task<NpgsqlTransaction> BeginAsync(NpgsqlDataSource source, string writer, CancellationToken cancel)
    {
        for (var again = false; ; again = true)
        {
            var pooled = await source.OpenConnectionAsync(cancel);
            try
            {
                var within = await pooled.BeginTransactionAsync(cancel);
                await LockAsync(within, writer);
                return within;
            }
            catch (Exception bad)
            {
                await pooled.DisposeAsync();
                if (again || bad is not NpgsqlException cut || !WasCut(cut))
                {
                    throw;
                }
            }
        }
    }

    /// <summary>Whether another connection may do better: the server ended this one (SQLSTATE 57P), or the line did.</summary>
    private static bool WasCut(NpgsqlException bad) => bad.IsTransient || bad.SqlState?.StartsWith("57P", StringComparison.Ordinal) == true;

    /// <summary>Takes a further writer's lock inside a transaction; held until it ends. SQLite has one lock for all.</summary>
    public async Task LockAsync(DbTransaction transaction, string writer)
    {
        if (postgres is not null)
        {
            await transaction.Connection!.ExecuteAsync("SELECT pg_advisory_xact_lock(hashtextextended(@writer, 0))", new { writer }, transaction);
        }
    }

    /// <summary>
    /// Takes a named lock for work that no transaction spans, such as a request to another's server, so that of a host's processes one does it. On
    /// PostgreSQL it ends with the process; on SQLite, where a host is one process, it is always given.
    /// </summary>
    /// <returns>The lock, released when it is disposed; null when another has it.</returns>
    public async Task<IAsyncDisposable?> TryHoldAsync(string work, CancellationToken cancel = default)
    {
        if (postgres is null)
        {
            return new Held(null, work);
        }

        var connection = await postgres.OpenConnectionAsync(cancel);
        var held = false;
        try
        {
            held = await connection.ExecuteScalarAsync<bool>("SELECT pg_try_advisory_lock(hashtextextended(@work, 1))", new { work });
        }
        finally
        {
            if (!held)
            {
                await connection.DisposeAsync();
            }
        }

        return held ? new Held(connection, work) : null;
    }

    /// <summary>
    /// Writes tables anew: free pages and the journal keep stale copies of rows that were changed or deleted, and what was erased must not stay in one.
    /// On SQLite that is the whole file, and it waits until no reader needs the journal's older state.
    /// </summary>
    public async Task RewriteAsync(IReadOnlyList<string> tables, CancellationToken cancel = default)
    {
        await using var connection = await OpenAsync(cancel);
        if (postgres is not null)
        {
            foreach (var table in tables)
            {
                await connection.ExecuteAsync($"VACUUM FULL {table}", commandTimeout: 0);
            }

            return;
        }

        await connection.ExecuteAsync("VACUUM", commandTimeout: 0);
        while (await connection.ExecuteScalarAsync<long>("PRAGMA wal_checkpoint(TRUNCATE)") != 0)
        {
            await Task.Delay(BetweenCheckpoints, cancel);
        }
    }

    /// <summary>Applies the assembly's embedded SQL files whose names end in <c>NNN-title.sql</c> under the folder, in order, each once.</summary>
    public async Task MigrateAsync(Assembly assembly, string folder, CancellationToken cancel = default)
    {
        if (postgres is null)
        {
            await using var connection = await OpenAsync(cancel);
            await connection.ExecuteAsync("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
        }

        var prefix = $"{assembly.GetName().Name}.{folder}.";
        var files = assembly.GetManifestResourceNames().Where(name => name.StartsWith(prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal).ToList();
        await WriteAsync("schema", async transaction =>
        {
            var connection = transaction.Connection!;
            await connection.ExecuteAsync("CREATE TABLE IF NOT EXISTS schema_files (name TEXT PRIMARY KEY)", transaction: transaction);
            var applied = (await connection.QueryAsync<string>("SELECT name FROM schema_files", transaction: transaction)).ToHashSet();
            foreach (var file in files.Where(file => !applied.Contains(file)))
            {
                using var reader = new StreamReader(assembly.GetManifestResourceStream(file)!);
                await connection.ExecuteAsync(await reader.ReadToEndAsync(cancel), transaction: transaction);
                await connection.ExecuteAsync("INSERT INTO schema_files (name) VALUES (@file)", new { file }, transaction);
            }
        }, cancel);
    }

    /// <summary>Nothing is committed on SQLite any more. The semaphore is not disposed, for who waits for a disposed one waits for ever: each gets its turn, and is refused.</summary>
    public async ValueTask DisposeAsync()
    {
        ended = true;
        if (postgres is not null)
        {
            await postgres.DisposeAsync();
        }
    }

    private sealed class Held(NpgsqlConnection? connection, string work) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            if (connection is null)
            {
                return;
            }

            try
            {
                await connection.ExecuteAsync("SELECT pg_advisory_unlock(hashtextextended(@work, 1))", new { work });
            }
            catch (DbException)
            {
                // The session is gone, and the lock with it.
            }

            await connection.DisposeAsync();
        }
    }
}
