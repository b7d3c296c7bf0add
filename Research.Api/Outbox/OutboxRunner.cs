namespace Research.Api.Outbox;

/// <summary>Does one kind of message. May be called again for a message that it did already.</summary>
/// <returns>Null when done, else what is wrong.</returns>
internal delegate Task<string?> Deliver(Message message, CancellationToken cancel);

/// <summary>Tries due messages twice a second, and a subject's at once when asked to.</summary>
/// <param name="handlers">By kind.</param>
internal sealed partial class OutboxRunner(OutboxStore outbox, IReadOnlyDictionary<string, Deliver> handlers, ILogger<OutboxRunner> logger) : BackgroundService
{
    private readonly SemaphoreSlim one = new(1, 1);

    /// <summary>Tries the open messages of a subject now, in order, until one fails.</summary>
    public async Task DrainAsync(string subject, CancellationToken cancel)
    {
        while (await RoundAsync(subject, cancel) > 0)
        {
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(500));
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            await RoundAsync(null, stoppingToken);
        }
    }

    /// <returns>How many were done.</returns>
    private async Task<int> RoundAsync(string? subject, CancellationToken cancel)
    {
        await one.WaitAsync(cancel);
        try
        {
            var done = 0;
            foreach (var message in await outbox.DueAsync(subject, 100))
            {
                done += await TryAsync(message, cancel) ? 1 : 0;
            }

            return done;
        }
        finally
        {
            one.Release();
        }
    }

    private async Task<bool> TryAsync(Message message, CancellationToken cancel)
    {
        string? error;
        try
        {
            error = await handlers[message.Kind](message, cancel);
        }
        catch (Exception bad) when (bad is not OperationCanceledException || !cancel.IsCancellationRequested)
        {
            error = $"{bad.GetType().Name}: {bad.Message}";
        }

        if (error is null)
        {
            await outbox.DoneAsync(message);
            return true;
        }

        LogFailed(message.Id, message.Kind, message.Attempts + 1, error);
        await outbox.FailedAsync(message, error);
        return false;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "outbox message {Id} ({Kind}) failed for the {Attempts}. time: {Error}")]
    private partial void LogFailed(long id, string kind, long attempts, string error);

    public override void Dispose()
    {
        one.Dispose();
        base.Dispose();
    }
}
