using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using Silos.Ledger.Chain;

namespace Story;

/// <summary>
/// A development chain: a real anvil (see Silos/Ledger/Contracts/README.md), mining a block per transaction, on 127.0.0.1.
/// With a state file it goes on where it stopped.
/// </summary>
public sealed class Anvil : IAsyncDisposable
{
    private const string Ready = "Listening on 127.0.0.1:";
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan StatePatience = TimeSpan.FromSeconds(30);

    private readonly Process process;
    private readonly string? stateFile;
    private readonly HttpClient http;

    private Anvil(Process process, string? stateFile, int port)
    {
        this.process = process;
        this.stateFile = stateFile;
        Port = port;
        http = new HttpClient { Timeout = TimeSpan.FromSeconds(30) };
        Rpc = new JsonRpc(http, Url);
    }

    public int Port { get; }

    public int ProcessId => process.Id;

    public Uri Url => new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Port}"));

    /// <summary>A client of this node, for as long as it lives.</summary>
    public JsonRpc Rpc { get; }

    /// <param name="stateFile">Loaded when it exists, and written each second and at the end; null keeps the chain in memory.</param>
    /// <param name="port">0 takes a free one.</param>
    /// <exception cref="FileNotFoundException">anvil is not installed; the message says how.</exception>
    /// <exception cref="InvalidOperationException">It ended before it was ready; the message has its last words.</exception>
    public static async Task<Anvil> StartAsync(string? stateFile = null, int port = 0, int chainId = 31337)
    {
        var info = new ProcessStartInfo(Find() ?? throw new FileNotFoundException(Missing)) { RedirectStandardOutput = true, RedirectStandardError = true };
        string[] state = stateFile is null ? [] : ["--state", stateFile, "--state-interval", "1"];
        foreach (var argument in (string[])["--prune-history", "--host", "127.0.0.1", "--port", Text(port), "--chain-id", Text(chainId), .. state])
        {
            info.ArgumentList.Add(argument);
        }

        var process = Children.Start(info);
        var words = new Queue<string>();
        var ready = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        void Listen(string? line)
        {
            lock (words)
            {
                if (line is null || ready.Task.IsCompleted)
                {
                    return;
                }

                words.Enqueue(line);
                while (words.Count > 20)
                {
                    words.Dequeue();
                }
            }

            if (line.StartsWith(Ready, StringComparison.Ordinal))
            {
                ready.TrySetResult(int.Parse(line.AsSpan(Ready.Length), CultureInfo.InvariantCulture));
            }
        }

        process.OutputDataReceived += (_, line) => Listen(line.Data);
        process.ErrorDataReceived += (_, line) => Listen(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var ended = process.WaitForExitAsync();
        if (await Task.WhenAny(ready.Task, ended) == ended && !ready.Task.IsCompleted)
        {
            lock (words)
            {
                throw new InvalidOperationException("anvil ended before it was ready: " + string.Join(" | ", words));
            }
        }

        return new Anvil(process, stateFile, await ready.Task);
    }

    /// <returns>The program, from the contracts' npm packages or PATH; null when it is in neither.</returns>
    public static string? Find()
    {
        var system = OperatingSystem.IsWindows() ? "win32" : OperatingSystem.IsMacOS() ? "darwin" : "linux";
        var machine = RuntimeInformation.OSArchitecture == Architecture.Arm64 ? "arm64" : "amd64";
        var file = Path.Combine(Repository.Root, "Silos/Ledger/Contracts/node_modules/@foundry-rs", $"anvil-{system}-{machine}", "bin", OperatingSystem.IsWindows() ? "anvil.exe" : "anvil");
        return File.Exists(file) ? file : Children.OnPath("anvil");
    }

    /// <summary>What to do when <see cref="Find"/> finds nothing.</summary>
    public static string Missing => "anvil is not installed: run `npm ci --ignore-scripts` in Silos/Ledger/Contracts";

    /// <summary>SIGKILL: loses about the last second of a state file. anvil writes that file in place; where the kill leaves half of it, the whole one of before is put back.</summary>
    public async Task KillAsync()
    {
        var whole = stateFile is null || !File.Exists(stateFile) ? null
            : await Until.ReadAsync("a whole state file", StatePatience, () => File.ReadAllBytesAsync(stateFile), IsWhole);
        process.Kill();
        await process.WaitForExitAsync();
        if (whole is not null && !IsWhole(await File.ReadAllBytesAsync(stateFile!)))
        {
            await File.WriteAllBytesAsync(stateFile!, whole);
        }
    }

    private static bool IsWhole(byte[] state)
    {
        try
        {
            using var read = JsonDocument.Parse(state);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>Stops it as Ctrl-C would; a state file is complete afterwards.</summary>
    public async ValueTask DisposeAsync()
    {
        await Children.StopAsync(process, StopPatience);
        process.Dispose();
        http.Dispose();
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
