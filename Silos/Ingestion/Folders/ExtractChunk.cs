using System.Text;
using Silos.Ingestion.Json;
using Silos.Ingestion.Views;

namespace Silos.Ingestion.Folders;

/// <summary>Parses the lines of a chunk and runs the views over them. One worker uses one of these at a time; it keeps its buffers.</summary>
internal sealed class ExtractChunk(LoadPlan plan, int longestLine)
{
    private readonly JsonTape tape = new();
    private IReadOnlyDictionary<string, string>? urns;
    private readonly Dictionary<string, List<LoadedView>> viewsByType = plan.Views();

    public ExtractedChunk Run(LineChunk chunk, string fileType)
    {
        var extracted = new ExtractedChunk(chunk);
        urns = chunk.Urns;
        var number = 0;
        for (var start = 0; start < chunk.Length; number++)
        {
            var line = chunk.Places is null ? chunk.FirstLine + number : chunk.Places[number];
            var rest = chunk.Bytes.AsSpan(start, chunk.Length - start);
            var length = rest.IndexOf((byte)'\n');
            var next = start + (length < 0 ? rest.Length : length + 1);
            var text = Trimmed(length < 0 ? rest : rest[..length], first: line == 1, out var skipped);
            if (text > 0)
            {
                One(extracted, chunk.Bytes, start + skipped, text, line, fileType);
            }

            start = next;
        }

        return extracted;
    }

    private void One(ExtractedChunk into, byte[] bytes, int offset, int length, long line, string fileType)
    {
        if (length > longestLine)
        {
            into.Rejected.Add((fileType, line, offset, 0, $"line longer than {longestLine} bytes"));
            return;
        }

        var fault = tape.Parse(bytes, offset, length);
        var typeNode = fault is null ? tape.Member(0, "resourceType"u8) : -1;
        if (fault is null && (typeNode < 0 || tape[typeNode].Kind != JsonKind.Text))
        {
            fault = "no FHIR resource: resourceType is missing";
        }

        if (fault is not null)
        {
            into.Rejected.Add((fileType, line, offset, length, fault));
            return;
        }

        var type = TypeOf(typeNode, into);
        if (type is null)
        {
            return;
        }

        Record(into, type, line, offset, length);
    }

    /// <summary>The type, if a view asks for it; otherwise counts it as ignored.</summary>
    private string? TypeOf(int node, ExtractedChunk into)
    {
        foreach (var known in viewsByType.Keys)
        {
            if (tape.Equals(node, Encoding.UTF8.GetBytes(known)))
            {
                return known;
            }
        }

        var type = tape.Text(node);
        into.Ignored[type] = into.Ignored.GetValueOrDefault(type) + 1;
        return null;
    }

    private void Record(ExtractedChunk into, string type, long line, int offset, int length)
    {
        var id = tape.Member(0, "id"u8);
        if (id < 0 || tape[id].Kind != JsonKind.Text || tape[id].Length == 0)
        {
            into.Rejected.Add((type, line, offset, length, "id is missing or no text"));
            return;
        }

        var isPatient = type == "Patient";
        var patient = isPatient ? tape.Text(id) : Subject();
        if (patient is null)
        {
            into.Rejected.Add((type, line, offset, length, "refers to no patient"));
            return;
        }

        var from = into.Facts.Count;
        foreach (var view in viewsByType[type])
        {
            if (view.Run.Over(tape, 0, row => plan.Add(view.Feeds, row, into.Facts), urns) is { } fault)
            {
                into.Facts.RemoveRange(from, into.Facts.Count - from);
                into.Rejected.Add((type, line, offset, length, fault));
                return;
            }
        }

        into.Records.Add(new ExtractedRecord(type, line, offset, length, IdHash.Of(type, tape.Raw(id)), patient, isPatient, from, into.Facts.Count));
    }

    /// <summary>The id in <c>subject</c> or <c>patient</c>: <c>Patient/x</c>, an absolute URL ending in it, or a <c>urn:</c> of the Bundle at hand.</summary>
    private string? Subject()
    {
        var subject = tape.Member(0, "subject"u8);
        var reference = tape.Member(subject >= 0 ? subject : tape.Member(0, "patient"u8), "reference"u8);
        if (reference < 0 || tape[reference].Kind != JsonKind.Text)
        {
            return null;
        }

        var raw = tape.Raw(reference);
        if (raw.StartsWith("urn:"u8))
        {
            return urns?.GetValueOrDefault(Encoding.UTF8.GetString(raw)) is { } key && key.StartsWith("Patient/", StringComparison.Ordinal) ? key[8..] : null;
        }

        var at = raw.LastIndexOf("Patient/"u8);
        if (at < 0 || (at > 0 && raw[at - 1] != '/'))
        {
            return null;
        }

        var id = raw[(at + 8)..];
        var history = id.IndexOf("/_history"u8);
        return id.Length == 0 ? null : Encoding.UTF8.GetString(history < 0 ? id : id[..history]);
    }

    /// <summary>Length without white space at both ends and, on a file's first line, the byte order mark.</summary>
    private static int Trimmed(ReadOnlySpan<byte> line, bool first, out int skipped)
    {
        skipped = first && line.StartsWith("\uFEFF"u8) ? 3 : 0;
        while (skipped < line.Length && line[skipped] is (byte)' ' or (byte)'\t' or (byte)'\r')
        {
            skipped++;
        }

        return line[skipped..].TrimEnd(" \t\r"u8).Length;
    }
}
