using System.Collections.Concurrent;
using System.Text.Json;
using Research.Api.Silos;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;
using Silos.Protocol;

namespace Research.Api.Extracts;

/// <summary>
/// Brings waiting jobs to their silos, a few at a time, each by one of the hub's processes. A job that was under way when the hub stopped is asked for again with the same signed
/// request: the silo knows its nonce, so that nothing is made or charged twice.
/// </summary>
internal sealed class RunExtracts(Database database, ExtractStore jobs, SiloDirectory silos, TimeProvider clock, ILogger<RunExtracts> logger) : BackgroundService
{
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(300);
    private readonly ConcurrentDictionary<string, CancellationTokenSource> running = new();

    /// <summary>Cancels a job's request, if one is under way.</summary>
    public void Cancel(string id)
    {
        if (running.TryGetValue(id, out var cancel))
        {
            cancel.Cancel();
        }
    }

    /// <summary>Takes over what the silo says of a file that it produced.</summary>
    public async Task RefreshAsync(JobRow job, CancellationToken cancel)
    {
        if (job.Extract is null || JobState.IsFinal(job.State) || await silos.FindAsync(Hash32.Parse(job.Silo), cancel) is not { } silo)
        {
            return;
        }

        var answer = await silo.SendAsync(HttpMethod.Get, $"{SiloRoutes.Extracts}/{job.Extract}", null, cancel);
        if (answer.Status == 200)
        {
            await TakeAsync(job.Id, answer.Body);
        }
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => new Rounds("file requests", clock, logger).RunAsync(Between, RoundAsync, stoppingToken);

    private async Task RoundAsync(CancellationToken stop)
    {
        foreach (var job in await jobs.WaitingAsync())
        {
            var cancel = CancellationTokenSource.CreateLinkedTokenSource(stop);
            if (running.TryAdd(job.Id, cancel))
            {
                _ = RunAsync(job, cancel);
            }
            else
            {
                cancel.Dispose();
            }
        }
    }

    private async Task RunAsync(JobRow job, CancellationTokenSource cancel)
    {
        try
        {
            await using var held = await database.TryHoldAsync("file request " + job.Id, cancel.Token);
            if (held is null || await jobs.FindAsync(job.Id) is not { State: JobState.Queued or JobState.Running } || !await jobs.MoveAsync(job.Id, JobState.Running) || await silos.FindAsync(Hash32.Parse(job.Silo), cancel.Token) is not { } silo)
            {
                return;
            }

            var answer = await silo.PostAsync(SiloRoutes.Extracts, JsonSerializer.Deserialize<QuerySubmission>(job.Submission, JsonSerializerOptions.Web)!, cancel.Token);
            if (answer.Status is >= 200 and < 300)
            {
                await TakeAsync(job.Id, answer.Body);
            }
            else if (answer.Status != 503)
            {
                var (code, detail) = Problem(answer);
                await jobs.MoveAsync(job.Id, JobState.Failed, code: code, error: detail);
            }
        }
        catch (Exception bad) when (bad is SiloUnreachableException or OperationCanceledException or JsonException)
        {
            // The job stays where it is and is tried again, unless it was cancelled.
        }
        finally
        {
            running.TryRemove(job.Id, out _);
            cancel.Dispose();
        }
    }

    private Task TakeAsync(string id, byte[] body)
    {
        var view = JsonSerializer.Deserialize<ExtractView>(body, JsonSerializerOptions.Web)!;
        return jobs.MoveAsync(id, view.State, view.Id, view.Report.GetRawText(), view.Approvals, view.Needed);
    }

    /// <summary>Code and sentence of a silo's refusal.</summary>
    private static (string Code, string Detail) Problem(SiloAnswer answer)
    {
        try
        {
            using var problem = JsonDocument.Parse(answer.Body);
            return (problem.RootElement.GetProperty("code").GetString()!, problem.RootElement.GetProperty("detail").GetString()!);
        }
        catch (Exception bad) when (bad is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return ("refused", $"The silo answered {answer.Status}.");
        }
    }
}
