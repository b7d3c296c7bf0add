using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
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

/// <summary>Loads a FHIR R4 bulk export (NDJSON, plain or gzip) into one row a patient.</summary>
/// <remarks>Memory: the rows, 16 bytes a record for finding ids that come twice, and a few chunks of lines. One thread reads and
/// unpacks, the workers parse and run the views, one thread folds in the order of the files. A malformed line is rejected with its
/// place and never ends the load; read = loaded + rejected for each type.</remarks>
public sealed class LoadFolder
{
    private const int RejectionsKept = 1000;

    private readonly DatasetDefinition definition;
    private readonly LoadOptions options;
    private readonly HashSet<string> asked;
    private readonly LoadPlan plan;
    private readonly PatientFolds folds;
    private readonly HashSet<UInt128> seen = [];
    private readonly SortedDictionary<string, Counter> types = new(StringComparer.Ordinal);
    private readonly List<Rejection> rejections = [];
    private readonly ConcurrentQueue<FileFault> faults = new();
    private readonly List<(string File, ExtractedRecord Record, Fact[] Facts, byte[]? Raw)> waiting = [];
    private long bytes;

    private LoadFolder(DatasetDefinition definition, LoadOptions options)
    {
        this.definition = definition;
        this.options = options;
        plan = new LoadPlan(definition, options.ReferenceDate);
        folds = new PatientFolds(definition);
        asked = [.. plan.Views().Keys];
    }

    /// <summary>Loads every <c>.ndjson</c> and <c>.ndjson.gz</c> below the folder.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    public static LoadResult Run(string folder, DatasetDefinition definition, LoadOptions options) => new LoadFolder(definition, options).Load(folder);

    private LoadResult Load(string folder)
    {
        var watch = Stopwatch.StartNew();
        var workers = options.Workers ?? Environment.ProcessorCount;
        using var queue = new BlockingCollection<Task<ExtractedChunk>>(workers * 2);
        var idle = new ConcurrentBag<ExtractChunk>();
        using var slots = new SemaphoreSlim(workers);
        var reading = Task.Factory.StartNew(() => Read(folder, queue, idle, slots), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        foreach (var chunk in queue.GetConsumingEnumerable())
        {
            Merge(chunk.GetAwaiter().GetResult());
        }

        reading.GetAwaiter().GetResult();
        Settle();
        var (rows, quality) = folds.Finish();
        options.Aside?.Flush();
        return new LoadResult(rows, new LoadReport(
            rows.Count, [.. types.Select(type => new TypeCount(type.Key, type.Value.Loaded + type.Value.Rejected, type.Value.Loaded, type.Value.Rejected, !asked.Contains(type.Key)))],
            [.. rejections.OrderBy(r => r.File, StringComparer.Ordinal).ThenBy(r => r.Line)], [.. faults], quality, bytes, watch.Elapsed));
    }

    private void Read(string folder, BlockingCollection<Task<ExtractedChunk>> queue, ConcurrentBag<ExtractChunk> idle, SemaphoreSlim slots)
    {
        try
        {
            var files = ExportFiles.In(folder);
            var (done, total) = (0L, files.Sum(file => file.Length));
            foreach (var file in files)
            {
                foreach (var chunk in Chunks(file))
                {
                    slots.Wait();
                    queue.Add(Task.Run(() => Extract(chunk, file.Type)));
                }

                options.Progress?.Invoke(done += file.Length, total);
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

    private IEnumerable<LineChunk> Chunks(ExportFile file)
    {
        using var stream = ExportFiles.Open(file);
        foreach (var chunk in LineChunks.Of(stream, file.Name, options.LongestLine, fault => Note(fault, file.Type)))
        {
            Interlocked.Add(ref bytes, chunk.Length);
            yield return chunk;
        }
    }

    private void Note(LineFault fault, string type)
    {
        if (fault.IsLine)
        {
            lock (rejections)
            {
                Reject(fault.File, type, fault.Line, fault.Reason, null);
            }
        }
        else
        {
            faults.Enqueue(new FileFault(fault.File, fault.Line, fault.Reason));
        }
    }

    private void Merge(ExtractedChunk chunk)
    {
        lock (rejections)
        {
            foreach (var (type, line, offset, length, reason) in chunk.Rejected)
            {
                Reject(chunk.Chunk.File, type, line, reason, chunk.Chunk.Bytes.AsSpan(offset, length));
            }

            foreach (var (type, count) in chunk.Ignored)
            {
                Count(type).Loaded += count;
            }

            var facts = CollectionsMarshal.AsSpan(chunk.Facts);
            foreach (var record in chunk.Records)
            {
                Merge(chunk, record, facts[record.From..record.To]);
            }
        }
    }

    private void Merge(ExtractedChunk chunk, in ExtractedRecord record, ReadOnlySpan<Fact> facts)
    {
        var raw = chunk.Chunk.Bytes.AsSpan(record.Offset, record.Length);
        if (!seen.Add(record.IdHash))
        {
            Reject(chunk.Chunk.File, record.Type, record.Line, "the id was read before; the first record counts", raw);
            return;
        }

        if (record.IsPatient)
        {
            folds.Enrol(record.Patient!);
        }
        else if (!folds.Knows(record.Patient!))
        {
            waiting.Add((chunk.Chunk.File, record, facts.ToArray(), options.Aside is null ? null : raw.ToArray()));
            return;
        }

        Count(record.Type).Loaded++;
        folds.Fold(record.Patient!, facts);
    }

    /// <summary>Records whose patient came later, or never.</summary>
    private void Settle()
    {
        foreach (var (file, record, facts, raw) in waiting)
        {
            if (folds.Knows(record.Patient!))
            {
                Count(record.Type).Loaded++;
                folds.Fold(record.Patient!, facts);
            }
            else
            {
                Reject(file, record.Type, record.Line, "refers to a patient that is not in the export", raw);
            }
        }
    }

    private void Reject(string file, string type, long line, string reason, ReadOnlySpan<byte> raw)
    {
        Count(type).Rejected++;
        if (rejections.Count < RejectionsKept)
        {
            rejections.Add(new Rejection(file, line, type, reason));
        }

        if (options.Aside is { } aside)
        {
            aside.Write(JsonSerializer.SerializeToUtf8Bytes(new { file, line, type, reason, raw = Encoding.UTF8.GetString(raw[..Math.Min(raw.Length, 1 << 16)]) }));
            aside.WriteByte((byte)'\n');
        }
    }

    private Counter Count(string type)
    {
        if (!types.TryGetValue(type, out var counter))
        {
            types.Add(type, counter = new Counter());
        }

        return counter;
    }

    private sealed class Counter
    {
        public long Loaded;
        public long Rejected;
    }
}
