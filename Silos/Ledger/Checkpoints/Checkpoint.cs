using System.Globalization;
using System.Text;
using Silos.Ledger.Records;

namespace Silos.Ledger.Checkpoints;

/// <summary>
/// What a log commits to: the root over its first <paramref name="Size"/> entries, at a time
/// (C2SP tlog-checkpoint: origin, size and root lines, and one extension line <c>time RFC3339</c>).
/// </summary>
/// <param name="Origin">The log's name, a URL without a scheme, such as <c>researchhub.example/serra-verde</c>; its SHA-256 is the log's id.</param>
/// <param name="Size">Entries in the tree.</param>
/// <param name="Root">Root of the tree (RFC 9162).</param>
/// <param name="Time">When the log signed it, UTC, milliseconds.</param>
public sealed record Checkpoint(string Origin, long Size, Hash32 Root, DateTimeOffset Time)
{
    private const string TimeLine = "time ";

    /// <summary>The text that is signed, with its final newline.</summary>
    public string Text() =>
        string.Create(CultureInfo.InvariantCulture, $"{Origin}\n{Size}\n{Convert.ToBase64String(Root.ToArray())}\n{TimeLine}{RecordTime.Write(Time)}\n");

    /// <returns>The checkpoint that the text spells, or null when it is spelt in any other way.</returns>
    public static Checkpoint? Parse(string text)
    {
        var lines = text.Split('\n');
        if (lines is not [{ Length: > 0 } origin, var size, var root, var time, ""]
            || !long.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out var leaves)
            || !time.StartsWith(TimeLine, StringComparison.Ordinal)
            || RecordTime.Read(time[TimeLine.Length..]) is not { } at)
        {
            return null;
        }

        Span<byte> hash = stackalloc byte[33];
        if (!Convert.TryFromBase64String(root, hash, out var written) || written != 32)
        {
            return null;
        }

        var checkpoint = new Checkpoint(origin, leaves, new Hash32(hash[..32]), at);
        return checkpoint.Text() == text ? checkpoint : null;
    }

    /// <exception cref="ArgumentException">The origin is empty, holds a space, a control character or a plus, or is longer than 200 bytes.</exception>
    public static void CheckOrigin(string origin)
    {
        if (origin.Length == 0 || Encoding.UTF8.GetByteCount(origin) > 200 || origin.Any(character => char.IsWhiteSpace(character) || char.IsControl(character) || character == '+'))
        {
            throw new ArgumentException($"origin: '{origin}' is not allowed; allowed are 1 to 200 bytes without spaces, control characters and plus signs", nameof(origin));
        }
    }
}
