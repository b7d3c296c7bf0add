using System.Xml.Linq;

namespace Architecture.Tests;

/// <summary>The sources as they lie in the repository.</summary>
internal static class Tree
{
    public static string Root { get; } = Find();

    /// <summary>Every project by name, with the names of the projects that it references.</summary>
    public static IReadOnlyDictionary<string, IReadOnlySet<string>> References() =>
        Files("*.csproj").ToDictionary(
            file => Path.GetFileNameWithoutExtension(file),
            file => (IReadOnlySet<string>)XDocument.Load(file).Descendants("ProjectReference")
                .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value.Replace('\\', '/')))
                .ToHashSet());

    /// <summary>Source files below the root that belong to the repository.</summary>
    public static IEnumerable<string> Files(string pattern) =>
        Directory.EnumerateFiles(Root, pattern, SearchOption.AllDirectories)
            .Where(file => !Path.GetRelativePath(Root, file).Split('/', '\\').Any(part => part is "artifacts" or "bin" or "obj" or "node_modules" or ".state" or ".git"));

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "ResearchHub.sln")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException("no ResearchHub.sln above " + AppContext.BaseDirectory);
    }
}
