namespace Story;

/// <summary>Where the sources are: the folder of ResearchHub.sln above the running program.</summary>
public static class Repository
{
    public static string Root { get; } = Find();

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "ResearchHub.sln")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException($"no ResearchHub.sln above {AppContext.BaseDirectory}");
    }
}
