using System.Text;
using Silos.Ingestion.Folders;

namespace Silos.Ingestion.Hl7;

/// <summary>Reads the HL7 v2 files of a folder as one feed, in the order in which the messages were sent.</summary>
internal static class Hl7File
{
    private const long Longest = 1L << 28;

    /// <summary>The resources that all messages of all files together say, as one chunk; what was not taken goes to <paramref name="fault"/>.</summary>
    public static IEnumerable<LineChunk> Chunks(IReadOnlyList<ExportFile> files, Action<LineFault> fault)
    {
        var feed = new Hl7Feed();
        foreach (var (file, message) in files.SelectMany(file => Messages(file, fault).Select(message => (file, message))).OrderBy(pair => pair.message.Sent, StringComparer.Ordinal))
        {
            if (feed.Apply(message, $"{file.Name}:{message.Line}") is { Reason: { } reason })
            {
                fault(new LineFault(file.Name, message.Line, reason, IsLine: true));
            }
        }

        foreach (var group in feed.Resources().GroupBy(resource => resource.Place[..resource.Place.LastIndexOf(':')]))
        {
            var lines = Encoding.UTF8.GetBytes(string.Concat(group.Select(resource => resource.Json + "\n")));
            yield return new LineChunk(group.Key, 1, lines, lines.Length, [.. group.Select(resource => long.Parse(resource.Place.AsSpan(resource.Place.LastIndexOf(':') + 1), null))]);
        }
    }

    /// <summary>The messages of one file: each begins with a line that begins with MSH.</summary>
    private static List<Hl7Message> Messages(ExportFile file, Action<LineFault> fault)
    {
        var messages = new List<Hl7Message>();
        if (file.Whole(Longest, fault) is not { } bytes)
        {
            return messages;
        }

        var text = System.Text.Unicode.Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : Encoding.Latin1.GetString(bytes);
        var lines = text.TrimStart('\uFEFF').Replace("\r\n", "\r", StringComparison.Ordinal).Replace('\n', '\r').Split('\r');
        for (var start = 0; start < lines.Length;)
        {
            var end = start + 1;
            while (end < lines.Length && !lines[end].TrimStart().StartsWith("MSH", StringComparison.Ordinal))
            {
                end++;
            }

            if (lines[start].Trim().Length > 0 || end < lines.Length)
            {
                Take(string.Join('\r', lines[start..end]), start + 1);
            }

            start = end;
        }

        return messages;

        void Take(string one, long line)
        {
            if (one.Trim().Length == 0)
            {
                return;
            }

            var (message, wrong) = Hl7Message.Read(one, line);
            if (message is null)
            {
                fault(new LineFault(file.Name, line, wrong!, IsLine: true));
            }
            else
            {
                messages.Add(message);
            }
        }
    }
}
