using System.IO.Compression;

namespace Silos.Ingestion.Folders;

/// <summary>One file of an export.</summary>
/// <param name="Name">Path below the folder, with forward slashes.</param>
/// <param name="Type">What the name says of its resources: <c>Patient.000.ndjson.gz</c> says Patient.</param>
internal sealed record ExportFile(string Path, string Name, string Type, long Length)
{
    public bool Gzip => Path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);
}

/// <summary>Finds and opens the NDJSON files of a bulk export.</summary>
internal static class ExportFiles
{
    /// <summary>Greatest ratio of unpacked to packed bytes; honest FHIR lies under 40.</summary>
    private const long BombRatio = 250;

    /// <summary>Every <c>.ndjson</c> and <c>.ndjson.gz</c> below the folder, patients first, then by name. A bulk export's own
    /// <c>log.ndjson</c> holds no resources and is left out.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    public static IReadOnlyList<ExportFile> In(string folder) =>
    [
        .. new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories)
            .Where(file => Ndjson(file.Name) && !file.Name.StartsWith("log.", StringComparison.OrdinalIgnoreCase))
            .Select(file => new ExportFile(file.FullName, Path.GetRelativePath(folder, file.FullName).Replace('\\', '/'), file.Name.Split('.', '-', '_')[0], file.Length))
            .OrderBy(file => file.Type != "Patient").ThenBy(file => file.Name, StringComparer.Ordinal),
    ];

    /// <summary>The file's bytes, unpacked; reading past <see cref="BombRatio"/> throws <see cref="InvalidDataException"/>.</summary>
    public static Stream Open(ExportFile file)
    {
        var raw = new FileStream(file.Path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);
        return file.Gzip ? new GzipReading(raw, Math.Max(1L << 26, file.Length * BombRatio)) : raw;
    }

    private static bool Ndjson(string name) =>
        name.EndsWith(".ndjson", StringComparison.OrdinalIgnoreCase) || name.EndsWith(".ndjson.gz", StringComparison.OrdinalIgnoreCase);
}
