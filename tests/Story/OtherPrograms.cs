using System.Diagnostics;

namespace Story;

/// <summary>Other people's programs from npm (<c>tests/Outside</c>), run by Node: what the hub is checked against.</summary>
public static class OtherPrograms
{
    private static string Folder { get; } = Path.Combine(Repository.Root, "tests", "Outside");

    /// <summary>What to do where <see cref="IsInstalled"/> is false.</summary>
    public const string Missing = "run `npm ci --ignore-scripts` in tests/Outside, with Node 20";

    public static bool IsInstalled { get; } = Directory.Exists(Path.Combine(Folder, "node_modules")) && Children.OnPath("node") is not null;

    /// <summary>Starts a script that prints <c>ready</c> when it is.</summary>
    /// <exception cref="StoryException">It ended before; the message has its last words.</exception>
    public static async Task<Process> StartAsync(string script, IReadOnlyDictionary<string, string> environment)
    {
        var process = Start(script, environment);
        for (var line = await process.StandardOutput.ReadLineAsync(); line != "ready"; line = await process.StandardOutput.ReadLineAsync())
        {
            if (line is null)
            {
                throw new StoryException($"{script} ended: {await process.StandardError.ReadToEndAsync()}");
            }
        }

        return process;
    }

    /// <summary>Runs a script to its end.</summary>
    /// <returns>What it printed.</returns>
    /// <exception cref="StoryException">It did not end with 0; the message has its last words.</exception>
    public static async Task<string> RunAsync(string script, string input)
    {
        using var process = Start(script, new Dictionary<string, string>());
        var error = process.StandardError.ReadToEndAsync();
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? output : throw new StoryException($"{script}: {await error}");
    }

    private static Process Start(string script, IReadOnlyDictionary<string, string> environment)
    {
        var info = new ProcessStartInfo("node", [script]) { WorkingDirectory = Folder, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (key, value) in environment)
        {
            info.Environment[key] = value;
        }

        return Children.Start(info);
    }
}
