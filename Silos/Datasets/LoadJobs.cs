using System.Text;
using Silos.Ingestion;
using Silos.Ingestion.Definitions;
using Silos.Ledger.Log;
using Silos.Ledger.Records;
using Silos.Persistence;
using Silos.Protocol;

namespace Silos.Datasets;

/// <summary>Loads folders into new versions, one after another, and says how far each is. What a load makes is one version or nothing: a
/// load that fails leaves every earlier version as it was.</summary>
public sealed class LoadJobs(LoadDataset load, DatasetStore store, DatasetShelf shelf, LedgerLog log, TimeProvider clock, ILogger<LoadJobs> logger) : IDisposable
{
    private readonly Lock changing = new();
    private readonly SemaphoreSlim one = new(1, 1);
    private readonly List<LoadJob> jobs = [];

    /// <summary>Loads since the process began, newest first.</summary>
    public IReadOnlyList<LoadJob> All
    {
        get
        {
            lock (changing)
            {
                return [.. jobs.AsEnumerable().Reverse()];
            }
        }
    }

    /// <summary>The same, without anything that a hub should not know.</summary>
    public IEnumerable<LoadStanding> Standings => All.Select(job => new LoadStanding(job.Id, job.Dataset, job.State, Percent(job), job.Version, job.Begun));

    /// <summary>Loads a folder into the next version of the dataset, opens it, and waits until its entry is final.</summary>
    /// <param name="definitionText">As the hospital wrote it; of a registered dataset, the one it was registered with.</param>
    /// <param name="day">The day on which ages are counted.</param>
    /// <returns>The job at its end: <c>published</c>, or <c>failed</c> with the reason.</returns>
    public async Task<LoadJob> RunAsync(string folder, string definitionText, string? definitionFolder, DateOnly? day, CancellationToken cancel)
    {
        await one.WaitAsync(cancel);
        try
        {
            definitionText = InlineHierarchies.Of(definitionText, definitionFolder);
            var definition = ReadDefinition.FromBytes(Encoding.UTF8.GetBytes(definitionText), definitionFolder) switch
            {
                DefinitionOutcome.Accepted accepted => accepted.Definition,
                DefinitionOutcome.Refused refused => throw new InvalidDataException(string.Join("; ", refused.Faults)),
                _ => throw new InvalidOperationException(),
            };
            if (await store.FindAsync(definition.Id, cancel) is { } known && known.Definition != definitionText)
            {
                throw new InvalidDataException($"id: \"{definition.Id}\" is registered with another definition; load with that one, or give this one an id of its own");
            }

            return await LoadAsync(folder, definition, definitionText, day ?? DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime), cancel);
        }
        finally
        {
            one.Release();
        }
    }

    private async Task<LoadJob> LoadAsync(string folder, DatasetDefinition definition, string text, DateOnly day, CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        var job = new LoadJob(Guid.CreateVersion7(now).ToString(), definition.Id, folder, "reading", 0, 0, Begun: RecordTime.Write(now));
        Change(job);
        try
        {
            var result = await Task.Run(() => LoadFolder.Run(folder, definition, new LoadOptions(day, Progress: (done, total) => Change(job = job with { DoneBytes = done, TotalBytes = total }))), cancel);
            foreach (var line in result.Report.Lines())
            {
                logger.LogInformation("Load: {Line}", line);
            }

            if (result.Rows.Count == 0)
            {
                return Change(job with { State = "failed", Reason = "no patient was loaded; no version was made" });
            }

            Change(job = job with { State = "committing" });
            var version = await load.AsNewVersionAsync(definition, text, day, result, cancel);
            await shelf.CheckAsync(definition.Id, cancel);
            Change(job = job with { State = "anchoring", Version = (int)version.Version });
            await log.WhenFinalAsync(version.Seq, cancel);
            return Change(job with { State = "published" });
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException or InvalidDataException or MissingKeyException)
        {
            return Change(job with { State = "failed", Reason = failed.Message });
        }
        catch
        {
            Change(job with { State = "failed", Reason = "the silo stopped or broke while it loaded; its own log says more" });
            throw;
        }
    }

    public void Dispose() => one.Dispose();

    private static int Percent(LoadJob job) =>
        job.State is "committing" or "anchoring" or "published" ? 100
        : job.TotalBytes <= 0 ? 0
        : (int)Math.Clamp(100 * (decimal)job.DoneBytes / job.TotalBytes, 0, 100);

    private LoadJob Change(LoadJob job)
    {
        lock (changing)
        {
            var at = jobs.FindIndex(known => known.Id == job.Id);
            if (at < 0)
            {
                jobs.Add(job);
            }
            else
            {
                jobs[at] = job;
            }
        }

        return job;
    }
}
