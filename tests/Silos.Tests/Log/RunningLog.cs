using Microsoft.Extensions.Logging.Abstractions;
using Silos.Ledger.Log;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;
using Xunit;

namespace Silos.Tests.Log;

/// <summary>A log on a database and a fake chain, running until it is stopped; stopping and starting again is a restart of the process.</summary>
internal sealed class RunningLog : IAsyncDisposable
{
    private readonly string connectionString;
    private readonly string? folder;
    private Database? database;
    private CancellationTokenSource? stop;
    private Task? running;

    private RunningLog(string connectionString, string? folder, RunningLog? first = null) =>
        (this.connectionString, this.folder, Key, Chain) = (connectionString, folder, SigningKey.From((first?.Key ?? SigningKey.Create()).ToJwk()), first?.Chain ?? new FakeChain(TimeProvider.System));

    public static string Origin => "researchhub.example/serra-verde";

    public SigningKey Key { get; }

    public FakeChain Chain { get; }

    public LogOptions Options { get; } = new() { BatchAge = TimeSpan.FromMilliseconds(5), BatchSize = 16 };

    public LedgerLog Log { get; private set; } = null!;

    public Database Database => database!;

    /// <summary>Long enough for any machine; no test's outcome depends on it but by failing.</summary>
    public static CancellationToken Patience => TestContext.Current.CancellationToken;

    public static async Task<RunningLog> StartAsync(string? connectionString = null)
    {
        var folder = connectionString is null ? Directory.CreateTempSubdirectory("log").FullName : null;
        var log = new RunningLog(connectionString ?? $"Data Source={Path.Combine(folder!, "log.db")}", folder);
        await log.RestartAsync();
        return log;
    }

    /// <summary>A second process of the same host, on the same database and chain.</summary>
    public async Task<RunningLog> SecondAsync()
    {
        var second = new RunningLog(connectionString, folder: null, this);
        await second.RestartAsync();
        return second;
    }

    /// <summary>Stops the process, as it were, and starts it on the same database and chain.</summary>
    public async Task RestartAsync(bool open = true)
    {
        await StopAsync();
        database = new Database(connectionString);
        Log = new LedgerLog(database, Key, Origin, Chain.Port, Options, TimeProvider.System, NullLogger<LedgerLog>.Instance);
        if (open)
        {
            await Log.OpenAsync();
        }

        stop = new CancellationTokenSource();
        running = Log.RunAsync(stop.Token);
    }

    /// <summary>What the background loop ended with.</summary>
    public async Task<Exception> EndAsync() => await Record.ExceptionAsync(() => running!.WaitAsync(Patience)) ?? throw new InvalidOperationException("the log ended without a reason");

    public async Task StopAsync()
    {
        if (stop is not null)
        {
            await stop.CancelAsync();
            await Record.ExceptionAsync(() => running!);
            stop.Dispose();
            stop = null;
            Log.Dispose();
            await database!.DisposeAsync();
            Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Key.Dispose();
        if (folder is not null)
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
