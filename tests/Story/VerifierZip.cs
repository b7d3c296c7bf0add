using System.IO.Compression;

namespace Story;

/// <summary>The verifier as a site offers it: its managed program and how to use it, the same bytes from the same build. Without <c>verify.deps.json</c> the host takes what lies beside it, and no native library is needed for checking.</summary>
internal static class VerifierZip
{
    /// <summary>Writes the zip, over one that is there.</summary>
    public static void Write(string file)
    {
        var program = Path.Combine(Repository.Root, "artifacts", "bin", "Silos.Verifier", "release");
        var parts = Directory.EnumerateFiles(program).Where(part => part.EndsWith(".dll", StringComparison.Ordinal) || part.EndsWith(".runtimeconfig.json", StringComparison.Ordinal))
            .Append(Path.Combine(Repository.Root, "Silos", "Verifier", "README.md")).OrderBy(Path.GetFileName, StringComparer.Ordinal);
        using var zip = new ZipArchive(new FileStream(file, FileMode.Create), ZipArchiveMode.Create);
        foreach (var part in parts)
        {
            var entry = zip.CreateEntry("verify/" + Path.GetFileName(part), CompressionLevel.Fastest);
            entry.LastWriteTime = new DateTimeOffset(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);
            using var to = entry.Open();
            using var from = File.OpenRead(part);
            from.CopyTo(to);
        }
    }
}
