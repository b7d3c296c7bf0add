using System.Globalization;
using System.Text;

namespace Silos.Ingestion.Hl7;

/// <summary>Takes messages as they come: what can be applied is written to a journal and forced to the disk before it is acknowledged.
/// The journal is a folder of <c>.hl7</c> files, one a day, only ever appended to: a load of the folder makes the next dataset version of
/// all that was said, and earlier versions stay what they were.</summary>
public sealed class Hl7Intake
{
    private readonly Lock one = new();
    private readonly Hl7Feed feed = new();
    private readonly string folder;
    private readonly TimeProvider clock;

    /// <param name="folder">Made where it is not; what lies in it is applied first, so that corrections find what they correct.</param>
    public Hl7Intake(string folder, TimeProvider clock)
    {
        (this.folder, this.clock) = (Directory.CreateDirectory(folder).FullName, clock);
        foreach (var path in Directory.EnumerateFiles(this.folder, "*.hl7").Order(StringComparer.Ordinal))
        {
            var number = 0;
            foreach (var text in Split(File.ReadAllText(path)))
            {
                number++;
                if (Hl7Message.Read(text).Message is { } message)
                {
                    feed.Apply(message, $"{Path.GetFileName(path)}:{number}");
                }
            }
        }
    }

    /// <summary>Messages that were taken since the process began.</summary>
    public long Taken { get; private set; }

    public string Folder => folder;

    /// <summary>Applies a message and keeps it; one that cannot be applied is not kept.</summary>
    /// <exception cref="IOException">The journal cannot be written: the message is not acknowledged.</exception>
    public Hl7Outcome Take(Hl7Message message, string text)
    {
        lock (one)
        {
            var name = clock.GetUtcNow().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) + ".hl7";
            var outcome = feed.Apply(message, $"{name}:1");
            if (outcome.Taken)
            {
                using var journal = new FileStream(Path.Combine(folder, name), FileMode.Append, FileAccess.Write, FileShare.Read);
                journal.Write(Encoding.UTF8.GetBytes(text.Trim('\r', '\n') + "\r"));
                journal.Flush(flushToDisk: true);
                Taken++;
            }

            return outcome;
        }
    }

    private static IEnumerable<string> Split(string text)
    {
        var message = new StringBuilder();
        foreach (var line in text.Split('\r', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.StartsWith("MSH", StringComparison.Ordinal) && message.Length > 0)
            {
                yield return message.ToString();
                message.Clear();
            }

            message.Append(line).Append('\r');
        }

        if (message.Length > 0)
        {
            yield return message.ToString();
        }
    }
}
