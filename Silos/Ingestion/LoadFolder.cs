using System.Collections.Concurrent;
using System.Diagnostics;
using Silos.Ingestion.Definitions;
using Silos.Ingestion.Folders;

namespace Silos.Ingestion;

/// <summary>How a load is done.</summary>
/// <param name="ReferenceDate">The day at which ages are counted and windows end.</param>
/// <param name="Workers">Threads that parse, 1 or more; by default as many as there are processors.</param>
/// <param name="LongestLine">Bytes, 1,000 or more; a longer line is rejected. 16 MiB by default.</param>
/// <param name="Progress">Told now and then how many packed bytes of how many are read.</param>
/// <param name="Aside">Takes every rejected line as NDJSON <c>{file, line, type, reason, raw}</c>; personal data, it stays in the hospital.</param>
public sealed record LoadOptions(DateOnly ReferenceDate, int? Workers = null, int LongestLine = 1 << 24, Action<long, long>? Progress = null, Stream? Aside = null);

/// <summary>Loads a hospital's folder into one row a patient: FHIR R4 as NDJSON (plain or gzip) and as Bundles, HL7 v2 messages, and
/// the delimited tables that the definition names.</summary>
/// <remarks>Memory: the rows, 16 bytes a record for finding ids that come twice, and a few chunks of lines. One thread reads and
/// unpacks, the workers parse and run the views, one thread folds in the order of the files. A malformed line is rejected with its
/// place and never ends the load; read = loaded + rejected for each type.</remarks>
public sealed class LoadFolder
{
    private readonly LoadOptions options;
    private readonly LoadPlan plan;
    private readonly LoadState state;
    private readonly ConcurrentQueue<LineFault> faults = new();
    private long bytes;

    private LoadFolder(DatasetDefinition definition, LoadOptions options)
    {
        this.options = options;
        plan = new LoadPlan(definition, options.ReferenceDate);
        state = new LoadState(definition, options.Aside);
    }

    /// <summary>Loads what the folder holds.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    public static LoadResult Run(string folder, DatasetDefinition definition, LoadOptions options) => new LoadFolder(definition, options).Load(folder);

    private LoadResult Load(string folder)
    {
        var watch = Stopwatch.StartNew();
        var files = ExportFiles.In(folder);
        var total = files.Sum(file => file.Length);
        bytes += new ReadTables(plan, state, options).From(folder);
        if (plan.Definition.Views.Count > 0)
        {
            Resources(files, total);
        }

        options.Progress?.Invoke(total, total);
        return state.Finish(bytes, watch.Elapsed);
    }

    private void Resources(IReadOnlyList<ExportFile> files, long total)
    {
        var workers = options.Workers ?? Environment.ProcessorCount;
        using var queue = new BlockingCollection<Task<ExtractedChunk>>(workers * 2);
        using var slots = new SemaphoreSlim(workers);
        var reading = Task.Factory.StartNew(() => Read(files, total, queue, slots), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        foreach (var chunk in queue.GetConsumingEnumerable())
        {
            Note();
            state.Merge(chunk.GetAwaiter().GetResult());
        }

        reading.GetAwaiter().GetResult();
        Note();
    }

    private void Read(IReadOnlyList<ExportFile> files, long total, BlockingCollection<Task<ExtractedChunk>> queue, SemaphoreSlim slots)
    {
        var idle = new ConcurrentBag<ExtractChunk>();
        try
        {
            foreach (var (chunk, type, done) in ExportFiles.Chunks(files, options.LongestLine, faults.Enqueue))
            {
                bytes += chunk.Length;
                slots.Wait();
                queue.Add(Task.Run(() => Extract(chunk, type)));
                options.Progress?.Invoke(done, total);
            }
        }
        finally
        {
            queue.CompleteAdding();
        }

        ExtractedChunk Extract(LineChunk chunk, string type)
        {
            var worker = idle.TryTake(out var free) ? free : new ExtractChunk(plan, options.LongestLine);
            try
            {
                return worker.Run(chunk, type);
            }
            finally
            {
                idle.Add(worker);
                slots.Release();
            }
        }
    }

    /// <summary>Faults of the reading thread, taken over by the folding one.</summary>
    private void Note()
    {
        while (faults.TryDequeue(out var fault))
        {
            if (fault.IsLine)
            {
                state.Reject(fault.File, ExportFiles.TypeOf(fault.File), fault.Line, fault.Reason, []);
            }
            else
            {
                state.Fault(new FileFault(fault.File, fault.Line, fault.Reason));
            }
        }
    }
}
