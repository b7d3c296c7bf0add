using Xunit;

namespace Silos.Tests.Ingestion;

/// <summary>Finds the shared test data, which no repository may carry.</summary>
internal static class Shared
{
    /// <summary>The path of a file or folder below <c>shared</c>; skips the test where there is none.</summary>
    public static string Path(params string[] parts)
    {
        var path = System.IO.Path.Combine([Root(), .. parts]);
        if (!File.Exists(path) && !Directory.Exists(path))
        {
            Assert.Skip($"needs {System.IO.Path.Combine(parts)} of the shared test data: set RESEARCHHUB_SHARED, or put the folder beside the repository as ../shared");
        }

        return path;
    }

    /// <summary>A definition of these tests' own.</summary>
    public static byte[] DefinitionText(string name) => File.ReadAllBytes(Repository("tests", "Silos.Tests", "Ingestion", "Definitions", $"{name}.dataset.json"));

    /// <summary>A path in the repository.</summary>
    public static string Repository(params string[] parts) => System.IO.Path.Combine([Solution() ?? AppContext.BaseDirectory, .. parts]);

    private static string Root()
    {
        if (Environment.GetEnvironmentVariable("RESEARCHHUB_SHARED") is { Length: > 0 } set)
        {
            return set;
        }

        return System.IO.Path.Combine(Solution() ?? AppContext.BaseDirectory, "..", "shared");
    }

    private static string? Solution()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(System.IO.Path.Combine(folder.FullName, "ResearchHub.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName;
    }
}

/// <summary>A folder that is gone when the test is.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("ingestion-").FullName;

    public string Write(string name, string text)
    {
        var path = System.IO.Path.Combine(Path, name);
        File.WriteAllText(path, text);
        return path;
    }

    public string Write(string name, byte[] bytes)
    {
        var path = System.IO.Path.Combine(Path, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
