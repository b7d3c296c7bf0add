using Silos.Ingestion.Json;

namespace Silos.Ingestion.Folders;

/// <summary>Reads a JSON file: a Bundle, each of whose entries is a resource, or one resource. References of the form <c>urn:uuid:</c>
/// mean the entry with that <c>fullUrl</c>.</summary>
internal static class BundleFile
{
    /// <summary>A Bundle is held whole: files over this many bytes are refused; a bulk export is NDJSON.</summary>
    private const long Longest = 1L << 28;

    public static IEnumerable<LineChunk> Chunks(ExportFile file, Action<LineFault> fault)
    {
        if (file.Whole(Longest, fault) is not { } bytes)
        {
            yield break;
        }

        var tape = new JsonTape();
        var from = bytes.AsSpan().StartsWith("\uFEFF"u8) ? 3 : 0;
        if (tape.Parse(bytes, from, bytes.Length - from) is { } broken)
        {
            fault(new LineFault(file.Name, 1, broken, IsLine: false));
            yield break;
        }

        var entries = tape.Member(0, "entry"u8);
        var isBundle = tape.Member(0, "resourceType"u8) is >= 0 and var type && tape.Equals(type, "Bundle"u8);
        var resources = isBundle ? Entries(tape, entries).ToList() : [0];
        if (resources.Count > 0)
        {
            yield return Chunk(file, tape, bytes, resources, isBundle ? Urns(tape, entries) : null);
        }
    }

    private static IEnumerable<int> Entries(JsonTape tape, int entries)
    {
        for (var i = entries + 1; entries >= 0 && i < tape[entries].Next; i = tape[i].Next)
        {
            if (tape.Member(i, "resource"u8) is >= 0 and var resource)
            {
                yield return resource;
            }
        }
    }

    private static Dictionary<string, string> Urns(JsonTape tape, int entries)
    {
        var urns = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = entries + 1; entries >= 0 && i < tape[entries].Next; i = tape[i].Next)
        {
            var (url, resource) = (tape.Member(i, "fullUrl"u8), tape.Member(i, "resource"u8));
            var (type, id) = (tape.Member(resource, "resourceType"u8), tape.Member(resource, "id"u8));
            if (url >= 0 && type >= 0 && id >= 0)
            {
                urns[tape.Text(url)] = $"{tape.Text(type)}/{tape.Text(id)}";
            }
        }

        return urns;
    }

    /// <summary>Each resource on a line of its own: a line end in JSON is white space, never part of a text.</summary>
    private static LineChunk Chunk(ExportFile file, JsonTape tape, byte[] bytes, List<int> resources, Dictionary<string, string>? urns)
    {
        var lines = new byte[resources.Sum(node => tape[node].Length + 1)];
        var places = new List<long>(resources.Count);
        var (at, line, counted) = (0, 1L, 0);
        foreach (var node in resources)
        {
            line += bytes.AsSpan(counted, tape[node].Start - counted).Count((byte)'\n');
            counted = tape[node].Start;
            places.Add(line);
            var text = lines.AsSpan(at, tape[node].Length);
            tape.Raw(node).CopyTo(text);
            text.Replace((byte)'\n', (byte)' ');
            at += text.Length;
            lines[at++] = (byte)'\n';
        }

        return new LineChunk(file.Name, 1, lines, at, places, urns);
    }
}
