using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace Story;

/// <summary>
/// Starts child processes that die with this one, however it ends. On Linux the kernel does it (<c>setpriv --pdeathsig KILL</c>);
/// it watches the thread that started the child, so all are started from one thread that lives as long as the process.
/// </summary>
public static class Children
{
    private static readonly BlockingCollection<Action> Work = [];
    private static readonly string? Setpriv = OperatingSystem.IsLinux() ? OnPath("setpriv") : null;

    static Children()
    {
        var starter = new Thread(() =>
        {
            foreach (var start in Work.GetConsumingEnumerable())
            {
                start();
            }
        })
        { IsBackground = true, Name = "children" };
        starter.Start();
    }

    /// <exception cref="System.ComponentModel.Win32Exception">The program cannot be started.</exception>
    public static Process Start(ProcessStartInfo info)
    {
        if (Setpriv is not null)
        {
            var arguments = info.ArgumentList.ToArray();
            info.ArgumentList.Clear();
            foreach (var argument in (string[])["--pdeathsig", "KILL", "--", info.FileName, .. arguments])
            {
                info.ArgumentList.Add(argument);
            }

            info.FileName = Setpriv;
        }

        var started = new TaskCompletionSource<Process>(TaskCreationOptions.RunContinuationsAsynchronously);
        Work.Add(() =>
        {
            try
            {
                started.SetResult(Process.Start(info) ?? throw new InvalidOperationException($"{info.FileName} did not start"));
            }
            catch (Exception failed)
            {
                started.SetException(failed);
            }
        });
        return started.Task.GetAwaiter().GetResult();
    }

    /// <summary>Asks a child to end (SIGTERM where there is one) and kills it when it has not within the time.</summary>
    public static async Task StopAsync(Process child, TimeSpan patience)
    {
        if (child.HasExited)
        {
            return;
        }

        if (OnPath("kill") is { } kill)
        {
            using var ask = Process.Start(kill, ["-TERM", child.Id.ToString(CultureInfo.InvariantCulture)]);
            await ask.WaitForExitAsync();
            using var enough = new CancellationTokenSource(patience);
            try
            {
                await child.WaitForExitAsync(enough.Token);
                return;
            }
            catch (OperationCanceledException)
            {
                // It does not listen.
            }
        }

        child.Kill(entireProcessTree: true);
        await child.WaitForExitAsync();
    }

    /// <returns>The program's full path, or null when PATH does not have it.</returns>
    public static string? OnPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .SelectMany(folder => new[] { Path.Combine(folder, program), Path.Combine(folder, program + ".exe") })
            .FirstOrDefault(File.Exists);
}
