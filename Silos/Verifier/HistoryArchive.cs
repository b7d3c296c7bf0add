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
    private const long MostBytes = 2L * 1024 * 1024 * 1024;

    private readonly Dictionary<string, byte[]> files;

    private HistoryArchive(Dictionary<string, byte[]> files) => this.files = files;

    /// <exception cref="UsageException">The file is no zip.</exception>
    public static HistoryArchive Open(string path)
    {
        try
        {
            using var zip = ZipFile.OpenRead(path);
            if (zip.Entries.Sum(entry => entry.Length) > MostBytes)
            {
                throw new UsageException($"{path} holds more than 2 GiB");
            }

            var files = new Dictionary<string, byte[]>(StringComparer.Ordinal);
            foreach (var entry in zip.Entries)
            {
                using var stream = entry.Open();
                var bytes = new MemoryStream();
                stream.CopyTo(bytes);
                if (!files.TryAdd(entry.FullName, bytes.ToArray()))
                {
                    throw new UsageException($"{path} holds {entry.FullName} twice");
                }
            }

            return new HistoryArchive(files);
        }
        catch (Exception bad) when (bad is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{path} is no history export: {bad.Message}");
        }
    }

    public IEnumerable<string> Names => files.Keys;

    public Hash32 HashOf(string name) => Hash32.Of(files[name]);

    /// <summary>The only value of a file.</summary>
    public T One<T>(string name, Findings findings)
        where T : class => files.TryGetValue(name, out var bytes) ? Read<T>(name, bytes, null, findings)! : null!;

    /// <summary>The values of a file's lines.</summary>
    public IReadOnlyList<T> Lines<T>(string name, Findings findings)
        where T : class
    {
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
