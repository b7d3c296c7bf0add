namespace Silos.Ingestion.Folders;

/// <summary>Whole lines of one file, in a buffer of their own.</summary>
/// <param name="File">Path below the folder.</param>
/// <param name="FirstLine">Number of the first line in the file, from 1.</param>
/// <param name="Bytes">Lines ended by LF; valid up to <paramref name="Length"/>.</param>
/// <param name="Places">Line numbers in the source, where the lines were made from something else than lines; else null.</param>
/// <param name="Urns">Of a Bundle: <c>Type/id</c> by <c>fullUrl</c>; else null.</param>
internal sealed record LineChunk(string File, long FirstLine, byte[] Bytes, int Length, IReadOnlyList<long>? Places = null, IReadOnlyDictionary<string, string>? Urns = null);

/// <summary>A file, or the rest of it, that could not be read; or one line that is too long to look at.</summary>
/// <param name="Line">From 1; where the fault was met.</param>
/// <param name="IsLine">Only this line is lost and reading goes on; otherwise the rest of the file is.</param>
internal sealed record LineFault(string File, long Line, string Reason, bool IsLine);

/// <summary>Cuts a stream into chunks of whole lines. Memory is bounded by the chunk size and the longest allowed line, whatever
/// the file holds.</summary>
internal static class LineChunks
{
    /// <summary>Chunks aim at this many bytes.</summary>
    public const int Target = 1 << 20;

    /// <summary>Reads to the end, or to the first fault of the stream itself. Faults are handed to <paramref name="fault"/>.</summary>
    /// <param name="longestLine">Bytes; a longer line is skipped to its end and reported.</param>
    public static IEnumerable<LineChunk> Of(Stream stream, string file, int longestLine, Action<LineFault> fault)
    {
        var buffer = new byte[Target];
        var filled = 0;
        var line = 1L;
        var skipping = false;
        while (true)
        {
            var read = Read(stream, buffer, filled, file, line, fault);
            if (read <= 0)
            {
                var kept = skipping ? 0 : read == 0 ? filled : buffer.AsSpan(0, filled).LastIndexOf((byte)'\n') + 1;
                if (kept > 0)
                {
                    yield return new LineChunk(file, line, buffer, kept);
                }

                yield break;
            }

            filled += read;
            if (skipping)
            {
                var end = buffer.AsSpan(0, filled).IndexOf((byte)'\n');
                if (end < 0)
                {
                    filled = 0;
                    continue;
                }

                skipping = false;
                line++;
                filled -= end + 1;
                buffer.AsSpan(end + 1, filled).CopyTo(buffer);
            }

            if (filled < buffer.Length && filled < Target / 2)
            {
                continue;
            }

            var whole = buffer.AsSpan(0, filled).LastIndexOf((byte)'\n') + 1;
            if (whole == 0)
            {
                if (filled > longestLine)
                {
                    fault(new LineFault(file, line, $"line longer than {longestLine} bytes", IsLine: true));
                    skipping = true;
                    filled = 0;
                    buffer = new byte[Target];
                }
                else if (filled == buffer.Length)
                {
                    Array.Resize(ref buffer, (int)Math.Min((long)buffer.Length * 2, longestLine + 1L));
                }

                continue;
            }

            var rest = new byte[Math.Max(Target, filled - whole)];
            buffer.AsSpan(whole, filled - whole).CopyTo(rest);
            yield return new LineChunk(file, line, buffer, whole);
            line += buffer.AsSpan(0, whole).Count((byte)'\n');
            filled -= whole;
            buffer = rest;
        }
    }

    private static int Read(Stream stream, byte[] buffer, int filled, string file, long line, Action<LineFault> fault)
    {
        try
        {
            return stream.Read(buffer, filled, buffer.Length - filled);
        }
        catch (Exception wrong) when (wrong is IOException or InvalidDataException)
        {
            fault(new LineFault(file, line + buffer.AsSpan(0, filled).Count((byte)'\n'), wrong.Message, IsLine: false));
            return -1;
        }
    }
}
