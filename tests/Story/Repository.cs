namespace Story;

/// <summary>Where the sources are: the folder of ResearchHub.sln above the running program, or above the file that a file-based program was run from.</summary>
public static class Repository
{
    public static string Root { get; } = Find();

    private static string Find()
    {
        string[] starts = [AppContext.GetData("EntryPointFileDirectoryPath") as string ?? AppContext.BaseDirectory, AppContext.BaseDirectory];
        foreach (var start in starts)
        {
            for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
            {
                if (File.Exists(Path.Combine(folder.FullName, "ResearchHub.sln")))
                {
                    return folder.FullName;
                }
            }
        }

        throw new DirectoryNotFoundException($"no ResearchHub.sln above {string.Join(" or ", starts.Distinct())}");
    }
}
