using System.Diagnostics;

namespace Story;

/// <summary>Makes what the stack runs on: the contracts' npm packages and the Release build.</summary>
public static class Build
{
    public static async Task PrepareAsync(Action<string> print)
    {
        foreach (var folder in NpmFolders().Where(folder => !IsInstalled(folder)))
        {
            print($"npm ci in {Path.GetRelativePath(Repository.Root, folder)}");
            await DemandAsync("npm", folder, "ci", "--ignore-scripts", "--no-audit", "--no-fund");
            File.WriteAllText(Stamp(folder), Lock(folder));
        }

        print("dotnet build -c Release");
        await DemandAsync("dotnet", Repository.Root, "build", "-c", "Release", "-v", "quiet", "-nologo", "ResearchHub.sln");
    }

    private static IEnumerable<string> NpmFolders() =>
        Directory.EnumerateFiles(Repository.Root, "package-lock.json", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 4 })
            .Where(file => !file.Contains("node_modules", StringComparison.Ordinal))
            .Select(file => Path.GetDirectoryName(file)!);

    private static bool IsInstalled(string folder) => File.Exists(Stamp(folder)) && File.ReadAllText(Stamp(folder)) == Lock(folder);

    private static string Stamp(string folder) => Path.Combine(folder, "node_modules", ".installed");

    private static string Lock(string folder) => File.ReadAllText(Path.Combine(folder, "package-lock.json"));

    /// <summary>Runs a program with its output going to ours.</summary>
    public static async Task<int> RunAsync(string program, string folder, IReadOnlyDictionary<string, string>? environment, params string[] arguments)
    {
        var info = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder };
        foreach (var (key, value) in environment ?? new Dictionary<string, string>())
        {
            info.Environment[key] = value;
        }

        using var process = Children.Start(info);
        await process.WaitForExitAsync();
        return process.ExitCode;
    }

    private static async Task DemandAsync(string program, string folder, params string[] arguments)
    {
        var code = await RunAsync(program, folder, null, arguments);
        if (code != 0)
        {
            throw new StoryException($"{program} {string.Join(' ', arguments)} ended with {code} in {folder}");
        }
    }
}
