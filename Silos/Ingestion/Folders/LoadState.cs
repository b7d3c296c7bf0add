using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Silos.Ingestion.Definitions;

namespace Silos.Ingestion.Folders;

/// <summary>What a load has so far: the folds, the counts, and what was kept out. One thread at a time.</summary>
internal sealed class LoadState(DatasetDefinition definition, Stream? aside)
{
    private const int RejectionsKept = 1000;

    private readonly PatientFolds folds = new(definition);
    private readonly HashSet<UInt128> seen = [];
    private readonly SortedDictionary<string, Counter> types = new(StringComparer.Ordinal);
    private readonly List<Rejection> rejections = [];
    private readonly List<FileFault> faults = [];
    private readonly List<(string File, string Type, long Line, string Patient, Fact[] Facts, byte[]? Raw)> waiting = [];

    public bool Knows(string patient) => folds.Knows(patient);

    public void Fault(FileFault fault) => faults.Add(fault);

    /// <summary>Adds a chunk of FHIR resources.</summary>
    public void Merge(ExtractedChunk chunk)
    {
        foreach (var (type, line, offset, length, reason) in chunk.Rejected)
        {
            Reject(chunk.Chunk.File, type, line, reason, chunk.Chunk.Bytes.AsSpan(offset, length));
        }

        foreach (var (type, count) in chunk.Ignored)
        {
            Count(type).Loaded += count;
            Count(type).Ignored = true;
        }

        var facts = CollectionsMarshal.AsSpan(chunk.Facts);
        foreach (var record in chunk.Records)
        {
            Merge(chunk.Chunk.File, record.Type, record.Line, record.IdHash, record.Patient!, record.IsPatient, facts[record.From..record.To], chunk.Chunk.Bytes.AsSpan(record.Offset, record.Length));
        }
    }

    /// <summary>Adds one record; 0 for a hash is a record that has no id to check.</summary>
    public void Merge(string file, string type, long line, UInt128 id, string patient, bool isPatient, ReadOnlySpan<Fact> facts, ReadOnlySpan<byte> raw)
    {
        if (id != 0 && !seen.Add(id))
        {
            Reject(file, type, line, "the id was read before; the first record counts", raw);
            return;
        }

        if (isPatient)
        {
            folds.Enrol(patient);
        }
        else if (!folds.Knows(patient))
        {
            waiting.Add((file, type, line, patient, facts.ToArray(), aside is null ? null : raw.ToArray()));
            return;
        }

        Count(type).Loaded++;
        folds.Fold(file, line, patient, facts);
    }

    /// <summary>Counts a row that was read and is not asked for.</summary>
    public void Skip(string type) => Count(type).Loaded++;

    /// <param name="raw">The record, to be kept aside; empty where it is not at hand.</param>
    public void Reject(string file, string type, long line, string reason, ReadOnlySpan<byte> raw)
    {
        Count(type).Rejected++;
        if (rejections.Count < RejectionsKept)
        {
            rejections.Add(new Rejection(file, line, type, reason));
        }

        if (aside is not null)
        {
            aside.Write(JsonSerializer.SerializeToUtf8Bytes(new { file, line, type, reason, raw = Encoding.UTF8.GetString(raw[..Math.Min(raw.Length, 1 << 16)]) }));
            aside.WriteByte((byte)'\n');
        }
    }

    /// <summary>Settles the records whose patient came later, or never, and gives the result.</summary>
    public LoadResult Finish(long bytes, TimeSpan elapsed)
    {
        foreach (var (file, type, line, patient, facts, raw) in waiting)
        {
            if (folds.Knows(patient))
            {
                Count(type).Loaded++;
                folds.Fold(file, line, patient, facts);
            }
            else
            {
                Reject(file, type, line, "refers to a patient that is not in the export", raw);
            }
        }

        aside?.Flush();
        var (rows, quality) = folds.Finish();
        return new LoadResult(rows, new LoadReport(
            rows.Count, [.. types.Select(type => new TypeCount(type.Key, type.Value.Loaded + type.Value.Rejected, type.Value.Loaded, type.Value.Rejected, type.Value.Ignored))],
            [.. rejections.OrderBy(r => r.File, StringComparer.Ordinal).ThenBy(r => r.Line)], faults, quality, folds.Problems, bytes, elapsed));
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
        public bool Ignored;
    }
}
