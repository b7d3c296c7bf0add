using Polly;
using Polly.Retry;
using Polly.Timeout;
using Research.Api.Telemetry;
using Silos.Ledger.Storage;

namespace Research.Api.Outbox;

/// <summary>Does one kind of message. May be called again for a message that it did already.</summary>
/// <returns>Null when done, else what is wrong.</returns>
internal delegate Task<string?> Deliver(Message message, CancellationToken cancel);

/// <summary>
/// Tries due messages twice a second, and a subject's at once when asked to. Subjects do not wait for each other; within a subject messages go in
/// order, by one of the hub's processes at a time. An attempt is three quick tries (Polly); after that the message waits in the database, longer each time.
/// </summary>
/// <param name="handlers">By kind.</param>
internal sealed partial class OutboxRunner(Database database, OutboxStore outbox, IReadOnlyDictionary<string, Deliver> handlers, HubMeasures measures, TimeProvider clock, ILogger<OutboxRunner> logger) : BackgroundService
{
    /// <summary>Each holds a connection to the database.</summary>
    private const int MostAtOnce = 16;

    private static readonly TimeSpan LongestTry = TimeSpan.FromMinutes(2);

    /// <summary>Subjects share locks by their hash: never two workers on one subject.</summary>
    private readonly SemaphoreSlim[] locks = [.. Enumerable.Range(0, 64).Select(_ => new SemaphoreSlim(1, 1))];

    private readonly ResiliencePipeline<string?> tries = new ResiliencePipelineBuilder<string?>()
        .AddRetry(new RetryStrategyOptions<string?>
        {
            MaxRetryAttempts = 2,
            Delay = TimeSpan.FromMilliseconds(100),
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            ShouldHandle = new PredicateBuilder<string?>().HandleResult(fault => fault is not null).Handle<Exception>(bad => bad is not OperationCanceledException),
        })
        .AddTimeout(new TimeoutStrategyOptions { Timeout = LongestTry })
        .Build();

    /// <summary>Tries the open messages of a subject now, in order, until one fails; leaves them where another process is at them.</summary>
    public async Task DrainAsync(string subject, CancellationToken cancel)
    {
        var turn = LockOf(subject);
        await turn.WaitAsync(cancel);
        try
        {
            await using var held = await HoldAsync(subject, cancel);
            while (held is not null && await outbox.FirstAsync(subject) is { } message && await TryAsync(message, cancel))
            {
            }
        }
        finally
        {
            turn.Release();
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        List<Task> working = [];
        try
        {
            await new Rounds("outbox messages", clock, logger).RunAsync(
                TimeSpan.FromMilliseconds(500),
                async cancel =>
                {
                    working.RemoveAll(task => task.IsCompleted);
                    foreach (var message in await outbox.DueAsync(100))
                    {
                        if (working.Count < MostAtOnce && LockOf(message.Subject).Wait(0, cancel))
                        {
                            working.Add(WorkAsync(message, cancel));
                        }
                    }
                },
                stoppingToken);
        }
        finally
        {
            await Task.WhenAll(working).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Tries a message whose subject is ours just now, unless somebody did it meanwhile.</summary>
    private async Task WorkAsync(Message message, CancellationToken cancel)
    {
        try
        {
            await using var held = await HoldAsync(message.Subject, cancel);
            if (held is not null && await outbox.FirstAsync(message.Subject) is { } first && first == message)
            {
                await TryAsync(message, cancel);
            }
        }
        finally
        {
            LockOf(message.Subject).Release();
        }
    }

    private async Task<bool> TryAsync(Message message, CancellationToken cancel)
    {
        using var span = HubMeasures.Traces.StartActivity("outbox " + message.Kind);
        string? error;
        try
        {
            error = await tries.ExecuteAsync(async token => await handlers[message.Kind](message, token), cancel);
        }
        catch (Exception bad) when (bad is not OperationCanceledException || !cancel.IsCancellationRequested)
        {
            error = $"{bad.GetType().Name}: {bad.Message}";
        }

        measures.Delivered(message.Kind, error is null);
        span?.SetTag("outcome", error is null ? "done" : "failed");
        if (error is null)
        {
            await outbox.DoneAsync(message);
            return true;
        }

        LogFailed(message.Id, message.Kind, message.Attempts + 1, error);
        await outbox.FailedAsync(message, error);
        return false;
    }

    private Task<IAsyncDisposable?> HoldAsync(string subject, CancellationToken cancel) => database.TryHoldAsync("outbox " + subject, cancel);

    private SemaphoreSlim LockOf(string subject) => locks[(uint)StringComparer.Ordinal.GetHashCode(subject) % (uint)locks.Length];

    [LoggerMessage(Level = LogLevel.Warning, Message = "outbox message {Id} ({Kind}) failed for the {Attempts}. time: {Error}")]
    private partial void LogFailed(long id, string kind, long attempts, string error);

    public override void Dispose()
    {
        foreach (var turn in locks)
        {
            turn.Dispose();
        }

        base.Dispose();
    }
}
