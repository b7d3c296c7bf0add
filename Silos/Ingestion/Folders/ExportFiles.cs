namespace Silos.Ingestion.Folders;

/// <summary>One file of an export.</summary>
/// <param name="Name">Path below the folder, with forward slashes.</param>
/// <param name="Type">What the name says of its resources: <c>Patient.000.ndjson.gz</c> says Patient.</param>
internal sealed record ExportFile(string Path, string Name, string Type, long Length)
{
    /// <summary>Greatest ratio of unpacked to packed bytes; honest FHIR lies under 40.</summary>
    private const long BombRatio = 250;

    /// <summary>The file as chunks of resources, one a line. What cannot be read goes to <paramref name="fault"/>.</summary>
    public IEnumerable<LineChunk> Chunks(int longestLine, Action<LineFault> fault)
    {
        return Name.EndsWith(".json", StringComparison.OrdinalIgnoreCase) ? BundleFile.Chunks(this, fault) : Lines(longestLine, fault);
    }

    /// <summary>All bytes of a file that is held whole; null, and a fault, where it is too long or cannot be read.</summary>
    public byte[]? Whole(long longest, Action<LineFault> fault)
    {
        if (Length > longest)
        {
            fault(new LineFault(Name, 1, $"{Length} bytes, and a file of its kind is held whole: at most {longest}; a bulk export is NDJSON", IsLine: false));
            return null;
        }

        using var stream = TryOpen(fault);
        if (stream is null)
        {
            return null;
        }

        using var memory = new MemoryStream();
        stream.CopyTo(memory);
        return memory.ToArray();
    }

    /// <summary>The file's bytes, unpacked; reading past the ratio throws <see cref="InvalidDataException"/>.</summary>
    public Stream Open()
    {
        var raw = new FileStream(Path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);
        return Name.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? new GzipReading(raw, Math.Max(1L << 26, Length * BombRatio)) : raw;
    }

    private Stream? TryOpen(Action<LineFault> fault)
    {
        try
        {
            return Open();
        }
        catch (Exception wrong) when (wrong is IOException or UnauthorizedAccessException)
        {
            fault(new LineFault(Name, 1, "cannot be opened", IsLine: false));
            return null;
        }
    }

    private IEnumerable<LineChunk> Lines(int longestLine, Action<LineFault> fault)
    {
        using var stream = TryOpen(fault);
        if (stream is null)
        {
            yield break;
        }

        foreach (var chunk in LineChunks.Of(stream, Name, longestLine, fault))
        {
            yield return chunk;
        }
    }
}

/// <summary>Finds the FHIR and HL7 v2 files of an export.</summary>
internal static class ExportFiles
{
    /// <summary>A byte order mark, an MLLP start, blanks and line ends.</summary>
    private static readonly byte[] BeforeText = [0xEF, 0xBB, 0xBF, 0x0B, (byte)' ', (byte)'\r', (byte)'\n'];

    private static readonly string[] Endings = [".ndjson", ".ndjson.gz", ".json", ".hl7", ".txt"];

    /// <summary>Every NDJSON file, Bundle and HL7 v2 file (<c>.hl7</c>, or <c>.txt</c> that begins with MSH) below the folder, patients first, then by name. A bulk export's own
    /// <c>log.ndjson</c> and <c>MANIFEST.json</c> hold no resources and are left out, as is a dataset's definition.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    public static IReadOnlyList<ExportFile> In(string folder) =>
    [
        .. new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories)
            .Where(file => Holds(file.Name) && (!file.Name.EndsWith(".txt", StringComparison.OrdinalIgnoreCase) || BeginsWithMsh(file.FullName)))
            .Select(file => new ExportFile(file.FullName, Path.GetRelativePath(folder, file.FullName).Replace('\\', '/'), TypeOf(file.Name), file.Length))
            .OrderBy(file => file.Type != "Patient").ThenBy(file => file.Name, StringComparer.Ordinal),
    ];

    public static string TypeOf(string name) => Path.GetFileName(name).Split('.', '-', '_')[0];

    /// <summary>The chunks of all files, each with the packed bytes behind it; the HL7 v2 files are one feed and come last.</summary>
    public static IEnumerable<(LineChunk Chunk, string Type, long Done)> Chunks(IReadOnlyList<ExportFile> files, int longestLine, Action<LineFault> fault)
    {
        var done = 0L;
        foreach (var file in files.Where(file => !IsHl7(file)))
        {
            foreach (var chunk in file.Chunks(longestLine, fault))
            {
                yield return (chunk, file.Type, done);
            }

            done += file.Length;
        }

        foreach (var chunk in Hl7.Hl7File.Chunks([.. files.Where(IsHl7)], fault))
        {
            yield return (chunk, "HL7", done);
        }
    }

    private static bool IsHl7(ExportFile file) => file.Name.EndsWith(".hl7", StringComparison.OrdinalIgnoreCase) || file.Name.EndsWith(".txt", StringComparison.OrdinalIgnoreCase);

    /// <summary>Legacy systems write HL7 v2 as <c>.txt</c>, beside notes that are none: only one whose first letters are MSH is read.</summary>
    private static bool BeginsWithMsh(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            Span<byte> first = stackalloc byte[64];
            first = first[..file.ReadAtLeast(first, 64, throwOnEndOfStream: false)];
            return first.TrimStart(BeforeText).StartsWith("MSH"u8);
        }
        catch (Exception closed) when (closed is IOException or UnauthorizedAccessException)
        {
            return true;
        }
    }

    private static bool Holds(string name) =>
        Endings.Any(ending => name.EndsWith(ending, StringComparison.OrdinalIgnoreCase))
        && !name.StartsWith("log.", StringComparison.OrdinalIgnoreCase)
        && !name.EndsWith(".dataset.json", StringComparison.OrdinalIgnoreCase)
        && !name.Equals("manifest.json", StringComparison.OrdinalIgnoreCase);
}
