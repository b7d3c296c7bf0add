using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Silos.Ledger.History;
using Silos.Ledger.Records;

namespace Silos.Verifier;

/// <summary>The parts of a history export, read strictly: each line has one spelling, its canonical one, so that no byte can change unnoticed.</summary>
internal sealed class HistoryArchive
{
    private const long MostBytes = 1024L * 1024 * 1024;

    private readonly Dictionary<string, byte[]> files;
    private readonly Dictionary<string, object> read = [];

    private HistoryArchive(Dictionary<string, byte[]> files) => this.files = files;

    /// <returns>Null after a finding that says in what the container is damaged.</returns>
    /// <exception cref="UsageException">There is no such file, or it is no zip at all.</exception>
    public static HistoryArchive? Open(string path, Findings findings)
    {
        byte[] container;
        try
        {
            container = File.ReadAllBytes(path);
        }
        catch (Exception bad) when (bad is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"EXPORT: {bad.Message}");
        }

        if (!container.AsSpan().StartsWith("PK"u8))
        {
            throw new UsageException($"EXPORT: {path} is no zip; allowed is a history export");
        }

        try
        {
            return new HistoryArchive(Unpack(container));
        }
        catch (Exception bad) when (bad is InvalidDataException or IOException or ArgumentException or NotSupportedException or OverflowException)
        {
            findings.Check(false, "", $"parts: the container is damaged: {bad.Message}");
            return null;
        }
    }

    private static Dictionary<string, byte[]> Unpack(byte[] container)
    {
        using var zip = new ZipArchive(new MemoryStream(container));
        var files = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        var room = MostBytes;
        foreach (var entry in zip.Entries)
        {
            using var stream = entry.Open();
            var bytes = new MemoryStream();
            var buffer = new byte[81920];
            for (int read; (read = stream.Read(buffer)) > 0; bytes.Write(buffer, 0, read))
            {
                room -= read;
                if (room < 0)
                {
                    throw new InvalidDataException("it holds more than 1 GiB");
                }
            }

            if (!files.TryAdd(entry.FullName, bytes.ToArray()))
            {
                throw new InvalidDataException($"it holds {entry.FullName} twice");
            }
        }

        return files;
    }

    public IEnumerable<string> Names => files.Keys;

    public Hash32 HashOf(string name) => Hash32.Of(files[name]);

    /// <summary>Hash of a file's lines but the last.</summary>
    public Hash32 HashBeforeLastLine(string name)
    {
        var bytes = files[name].AsSpan();
        return Hash32.Of(bytes[..(bytes[..^1].LastIndexOf((byte)'\n') + 1)]);
    }

    /// <summary>The only value of a file.</summary>
    public T One<T>(string name, Findings findings)
        where T : class => files.TryGetValue(name, out var bytes) ? Read<T>(name, bytes, null, findings)! : null!;

    /// <summary>The values of a file's lines, read once.</summary>
    public IReadOnlyList<T> Lines<T>(string name, Findings findings)
        where T : class
    {
        if (read.TryGetValue(name, out var before))
        {
            return (IReadOnlyList<T>)before;
        }

        var bytes = files.GetValueOrDefault(name, []);
        var lines = new List<T>();
        var start = 0;
        for (var number = 1; start < bytes.Length; number++)
        {
            var length = bytes.AsSpan(start).IndexOf((byte)'\n');
            if (length < 0)
            {
                findings.Check(false, "", $"{name}: the last line has no end");
                break;
            }

            if (Read<T>(name, bytes[start..(start + length)], number, findings) is { } line)
            {
                lines.Add(line);
            }

            start += length + 1;
        }

        read[name] = lines;
        return lines;
    }

    private static T? Read<T>(string name, byte[] bytes, int? line, Findings findings)
        where T : class
    {
        var place = line is null ? name : $"{name} line {line}";
        try
        {
            var json = JsonNode.Parse(new UTF8Encoding(false, true).GetString(bytes), documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false }) as JsonObject ?? throw new JsonException("not an object");
            var value = CanonicalJson.Read<T>(json);
            if (!CanonicalJson.Bytes(json).AsSpan().SequenceEqual(bytes) || !CanonicalJson.Bytes(value).AsSpan().SequenceEqual(bytes))
            {
                throw new FormatException("not written canonically (RFC 8785, nothing absent written)");
            }

            return value;
        }
        catch (Exception bad) when (bad is JsonException or FormatException or ArgumentException or InvalidOperationException)
        {
            findings.Check(false, "", $"{place}: {bad.Message}");
            return null;
        }
    }
}
