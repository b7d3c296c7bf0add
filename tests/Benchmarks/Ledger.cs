using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Silos.Ledger.Chain;
using Silos.Ledger.Log;
using Silos.Ledger.Merkle;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;

namespace Benchmarks;

/// <summary>
/// How many entries a second become final, how long one takes, and what a proof and a consent update cost.
/// <c>ledger RPC CONNECTIONSTRING</c>: a fresh development chain and an empty database; the block count is printed beside the figures,
/// because a development chain slows down with every block.
/// </summary>
internal static class Ledger
{
    private const string Origin = "researchhub.example/benchmark";
    private const int Entries = 100_000;
    private const int Callers = 512;
    private const int Rate = 500;
    private static readonly TimeSpan RateFor = TimeSpan.FromSeconds(20);

    public static async Task<int> RunAsync(string[] args)
    {
        if (args is not [var rpc, var connectionString])
        {
            Console.Error.WriteLine("ledger: name the address of a fresh development chain, and the connection string of an empty database");
            return 2;
        }

        Snapshot();
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(30) };
        var node = new JsonRpc(http, new Uri(rpc));
        using var key = SigningKey.Create();
        using var board = SigningKey.Create();
        var accounts = await Deployer.AccountsAsync(node);
        var founding = new Founding(
            [new Member(board.Public.Jwk, Roles.Board), new Member(key.Public.Jwk, Roles.Organisation | Roles.Log)], [new RegisteredLog(Hash32.Of(Origin), key.Id, accounts[1])], 1, []);
        using var chain = new ChainClient(node, await Deployer.DeployAsync(node, founding), accounts[1]);
        await using var database = new Database(connectionString);
        using var log = new LedgerLog(database, key, Origin, chain, new LogOptions(), TimeProvider.System, NullLogger<LedgerLog>.Instance);
        await log.OpenAsync();
        using var stop = new CancellationTokenSource();
        var running = log.RunAsync(stop.Token);
        var reference = await ReferenceAsync(database, node);
        await LatencyAsync(log, reference);
        await ThroughputAsync(log);
        await ProofsAsync(log);
        await stop.CancelAsync();
        await running.ContinueWith(_ => { }, TaskScheduler.Default);
        var head = await chain.ReadBlockAsync();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"blocks: {head!.Number}; engine: {(database.IsPostgres ? "PostgreSQL" : "SQLite")}"));
        return 0;
    }

    private static Entry Draft() => LedgerLog.Draft(EntryKind.AuditRead, Hash32.Of("actor")) with { QueryHash = Hash32.Random(), Nonce = Nonce.New() };

    private static async Task ThroughputAsync(LedgerLog log)
    {
        var started = Stopwatch.GetTimestamp();
        var last = 0L;
        var next = 0;
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => Task.Run(async () =>
        {
            while (Interlocked.Increment(ref next) <= Entries)
            {
                var entry = await log.AppendAsync(Draft());
                InterlockedMax(ref last, entry.Seq);
            }
        })));
        var logged = Stopwatch.GetElapsedTime(started);
        await log.WhenFinalAsync(last, CancellationToken.None);
        var final = Stopwatch.GetElapsedTime(started);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"throughput: {Entries} entries durably logged in {logged.TotalSeconds:0.00} s ({Entries / logged.TotalSeconds:0}/s), all final in {final.TotalSeconds:0.00} s ({Entries / final.TotalSeconds:0}/s)"));
    }

    /// <summary>What this machine gives just now, without the log: the p99 of a bare durable commit and of a bare request to the chain's node. An anchoring makes three of the one and six of the other.</summary>
    /// <returns>Milliseconds of one such cycle at the p99s.</returns>
    private static async Task<double> ReferenceAsync(Database database, JsonRpc node)
    {
        const int times = 200;
        await database.WriteAsync("benchmark", within => ExecuteAsync(within, "CREATE TABLE reference (n BIGINT)"));
        var commit = await P99Async(times, i => database.WriteAsync("benchmark", within => ExecuteAsync(within, $"INSERT INTO reference VALUES ({i})")));
        var request = await P99Async(times, _ => node.CallAsync("eth_blockNumber", []));
        var cycle = (3 * commit) + (6 * request);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"reference: a bare commit p99 {commit:0.0} ms, a bare request to the chain p99 {request:0.0} ms; three of one and six of the other {cycle:0} ms"));
        return cycle;
    }

    private static async Task<double> P99Async(int times, Func<int, Task> step)
    {
        var taken = new double[times];
        for (var i = 0; i < times; i++)
        {
            var started = Stopwatch.GetTimestamp();
            await step(i);
            taken[i] = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        }

        return taken.Order().ElementAt(times * 99 / 100);
    }

    private static async Task ExecuteAsync(System.Data.Common.DbTransaction within, string sql)
    {
        await using var command = within.Connection!.CreateCommand();
        (command.Transaction, command.CommandText) = (within, sql);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task LatencyAsync(LedgerLog log, double reference)
    {
        var started = Stopwatch.GetTimestamp();
        var tasks = new List<Task<double>>();
        while (Stopwatch.GetElapsedTime(started) is var elapsed && elapsed < RateFor)
        {
            while (tasks.Count < elapsed.TotalSeconds * Rate)
            {
                tasks.Add(Task.Run(async () =>
                {
                    var asked = Stopwatch.GetTimestamp();
                    await log.WhenFinalAsync((await log.AppendAsync(Draft())).Seq, CancellationToken.None);
                    return Stopwatch.GetElapsedTime(asked).TotalMilliseconds;
                }));
            }

            await Task.Delay(2);
        }

        var times = (await Task.WhenAll(tasks)).Order().ToArray();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"latency from append to final at {Rate}/s, {times.Length} entries: p50 {times[times.Length / 2]:0} ms, p99 {times[times.Length * 99 / 100]:0} ms, most {times[^1]:0} ms; p99 is {times[times.Length * 99 / 100] / (100 + reference):0.0} of a batch's age of 100 ms and the reference"));
    }

    private static async Task ProofsAsync(LedgerLog log)
    {
        const int proofs = 2_000;
        var size = await log.CountAsync();
        var random = new Random(1);
        await log.ProofAsync(0, size);
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < proofs; i++)
        {
            await log.ProofAsync(random.NextInt64(size), size);
        }

        var one = Stopwatch.GetElapsedTime(started) / proofs;
        started = Stopwatch.GetTimestamp();
        for (var i = 0; i < proofs; i++)
        {
            await log.FindAsync(random.NextInt64(size));
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"proof in a log of {size}: {one.TotalMilliseconds:0.000} ms; final entry with its proof, checked: {(Stopwatch.GetElapsedTime(started) / proofs).TotalMilliseconds:0.000} ms"));
    }

    private static void Snapshot()
    {
        const int patients = 1_000_000;
        const int updates = 10_000;
        var started = Stopwatch.GetTimestamp();
        var tree = SnapshotTree.Of(Enumerable.Range(0, patients).Select(i => KeyValuePair.Create(Hash32.Of($"patient {i}"), Hash32.Of("permit"))));
        var built = Stopwatch.GetElapsedTime(started);
        started = Stopwatch.GetTimestamp();
        for (var i = 0; i < updates; i++)
        {
            tree = tree.With(Hash32.Of($"patient {i * 97}"), Hash32.Of("deny"));
            tree.Prove(Hash32.Of($"patient {i * 97}"));
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"consent snapshot of {patients}: built in {built.TotalSeconds:0.0} s; an update with its proof {(Stopwatch.GetElapsedTime(started) / updates).TotalMicroseconds:0} µs"));
    }

    private static void InterlockedMax(ref long target, long value)
    {
        for (var seen = Volatile.Read(ref target); value > seen; seen = Volatile.Read(ref target))
        {
            if (Interlocked.CompareExchange(ref target, value, seen) == seen)
            {
                return;
            }
        }
    }
}
