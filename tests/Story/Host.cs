using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Story;

/// <summary>One of our own programs as a child process: its log goes to a file, and it dies with this process.</summary>
public sealed class Host : IAsyncDisposable
{
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(10);

    private readonly Process process;
    private readonly Task logging;
    private bool disposed;

    private Host(string name, Process process, Uri url, string logFile)
    {
        Name = name;
        this.process = process;
        Url = url;
        LogFile = logFile;
        logging = CopyAsync(process, logFile);
    }

    public string Name { get; }

    public Uri Url { get; }

    public string LogFile { get; }

    public int ProcessId => process.Id;

    public bool HasExited => process.HasExited;

    /// <summary>Starts <c>artifacts/bin/{project}/release/{dll}</c> on its port, with settings as environment variables.</summary>
    /// <exception cref="FileNotFoundException">The program was not built.</exception>
    public static Host Start(string name, string project, string dll, int port, string logFile, IEnumerable<(string Key, string? Value)> settings)
    {
        var path = Path.Combine(Repository.Root, "artifacts", "bin", project, "release", dll);
        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"{path} is not there; build first: dotnet build -c Release ResearchHub.sln");
        }

        var url = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"));
        var info = new ProcessStartInfo("dotnet", [path])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetDirectoryName(path)!,
        };
        info.Environment["ASPNETCORE_URLS"] = url.ToString();
        info.Environment["ASPNETCORE_ENVIRONMENT"] = "Production";
        info.Environment["DOTNET_gcServer"] = "0";
        info.Environment["Logging__LogLevel__Microsoft.AspNetCore"] = "Warning";
        foreach (var (key, value) in settings)
        {
            if (value is not null)
            {
                info.Environment[key.Replace(":", "__", StringComparison.Ordinal)] = value;
            }
        }

        return new Host(name, Children.Start(info), url, logFile);
    }

    /// <summary>A base port for a stack of its own: each port that follows from it is free just now. Below the range from which the system
    /// itself takes ports for outgoing connections, or one of those would sit on a port before its host does.</summary>
    public static int FreeBasePort()
    {
        while (true)
        {
            var port = RandomNumberGenerator.GetInt32(10_000, 30_000);
            var options = new StackOptions("", port);
            int[] all = [options.Web, options.Api, options.Silo(1), options.Silo(2), options.Chain, options.Witness(1), options.Witness(2), options.ChainProxy, options.StripeDouble, options.HubBeside, options.SiloBeside(1, 1), options.SiloBeside(1, 2), options.SiloBeside(2, 1)];
            if (all.All(IsFree))
            {
                return port;
            }
        }
    }

    private static bool IsFree(int port)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>Waits until <c>/readyz</c>, or another path, answers 200.</summary>
    /// <exception cref="InvalidOperationException">It ended, or was not ready in time; the message has its last words.</exception>
    public async Task ReadyAsync(TimeSpan within, string path = "/readyz", CancellationToken cancel = default)
    {
        using var http = new HttpClient { BaseAddress = Url, Timeout = TimeSpan.FromSeconds(5) };
        var watch = Stopwatch.StartNew();
        while (watch.Elapsed < within)
        {
            if (process.HasExited)
            {
                await logging;
                throw new InvalidOperationException($"{Name} ended with code {process.ExitCode}:\n{LastWords()}");
            }

            try
            {
                using var answer = await http.GetAsync(new Uri(path, UriKind.Relative), cancel);
                if (answer.IsSuccessStatusCode)
                {
                    return;
                }
            }
            catch (Exception notYet) when (notYet is HttpRequestException or TaskCanceledException && !cancel.IsCancellationRequested)
            {
                // It is still starting.
            }

            await Task.Delay(50, cancel);
        }

        throw new InvalidOperationException($"{Name} was not ready within {within.TotalSeconds:0} s:\n{LastWords()}");
    }

    /// <summary>Waits until the process has ended, as by a kill of its own.</summary>
    public Task EndedAsync(CancellationToken cancel) => process.WaitForExitAsync(cancel);

    /// <summary>Ends it at once, like a power cut.</summary>
    public async Task KillAsync()
    {
        if (!process.HasExited)
        {
            process.Kill();
            await process.WaitForExitAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (disposed)
        {
            return;
        }

        disposed = true;
        await Children.StopAsync(process, StopPatience);
        await logging;
        process.Dispose();
    }

    private string LastWords() => string.Join('\n', Lines().TakeLast(60));

    /// <summary>What it has written so far.</summary>
    public IReadOnlyList<string> Lines()
    {
        if (!File.Exists(LogFile))
        {
            return [];
        }

        using var reader = new StreamReader(new FileStream(LogFile, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return [.. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries)];
    }

    private static async Task CopyAsync(Process process, string logFile)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(logFile)!);
        await using var file = new FileStream(logFile, FileMode.Append, FileAccess.Write, FileShare.ReadWrite);
        await using var writer = new StreamWriter(file) { AutoFlush = true };
        var gate = new object();
        async Task PumpAsync(StreamReader reader)
        {
            while (await reader.ReadLineAsync() is { } line)
            {
                lock (gate)
                {
                    writer.WriteLine(line);
                }
            }
        }

        await Task.WhenAll(PumpAsync(process.StandardOutput), PumpAsync(process.StandardError));
    }
}
