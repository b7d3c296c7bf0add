using System.Diagnostics;
using System.Globalization;
using Story;

namespace Benchmarks.Load;

/// <summary>Processor time and memory of every part of a stack, from /proc.</summary>
internal sealed class Processes(Stack stack, PostgresServer postgres)
{
    private const double TicksPerSecond = 100;
    private Dictionary<string, double> before = [];
    private long started;

    public void Start() => (before, started) = (Used(), Stopwatch.GetTimestamp());

    /// <summary>Processors used since <see cref="Start"/>, by part: 1.00 is one processor.</summary>
    /// <param name="answered">What was done meanwhile, for the processor time that one took.</param>
    public string Since(double answered)
    {
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        var now = Used();
        return string.Join(", ", now.Select(part => string.Create(CultureInfo.InvariantCulture, $"{part.Key} {(part.Value - before.GetValueOrDefault(part.Key)) / seconds:0.000}")))
            + string.Create(CultureInfo.InvariantCulture, $"; sum {(now.Values.Sum() - before.Values.Sum()) / seconds:0.00}: {(now.Values.Sum() - before.Values.Sum()) * 1000 / answered:0.00} ms of processor each; load average {File.ReadAllText("/proc/loadavg").Split(' ')[0]}");
    }

    /// <summary>Resident megabytes of hub and silos.</summary>
    public IReadOnlyDictionary<string, double> Memory() => Parts().Where(part => part.Name is "hub" or "silo-1" or "silo-2").ToDictionary(part => part.Name, part => Resident(part.Id));

    private static double Resident(int process) => File.ReadLines($"/proc/{process}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, var kilobytes, ..]
        ? double.Parse(kilobytes, CultureInfo.InvariantCulture) / 1000
        : 0;

    private IEnumerable<(string Name, int Id)> Parts() =>
    [
        ("callers", Environment.ProcessId), ("hub", stack.Hub.ProcessId), ("chain", stack.Chain.ProcessId),
        .. stack.Silos.Select(silo => (FormattableString.Invariant($"silo-{silo.Key}"), silo.Value.ProcessId)),
        .. stack.Witnesses.Select((witness, i) => (FormattableString.Invariant($"witness-{i + 1}"), witness.ProcessId)),
    ];

    private Dictionary<string, double> Used()
    {
        var used = Parts().ToDictionary(part => part.Name, part => Ticks(part.Id) / TicksPerSecond);
        used["postgres"] = Postgres().Sum(Ticks) / TicksPerSecond;
        return used;
    }

    /// <summary>The server that listens on our port, and its children.</summary>
    private IEnumerable<int> Postgres()
    {
        var all = Directory.GetDirectories("/proc").Select(Path.GetFileName).Where(name => int.TryParse(name, out _)).Select(name => int.Parse(name!, CultureInfo.InvariantCulture)).ToList();
        var server = all.Where(process => Commands(process) is var words && words.Contains("/postgres ", StringComparison.Ordinal) && words.Contains(FormattableString.Invariant($"-p {postgres.Port} "), StringComparison.Ordinal)).ToHashSet();
        return all.Where(process => server.Contains(process) || (Parent(process) is { } parent && server.Contains(parent)));
    }

    private static int? Parent(int process)
    {
        try
        {
            return int.Parse(Stat(process)[1], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static double Ticks(int process)
    {
        try
        {
            var fields = Stat(process);
            return double.Parse(fields[11], CultureInfo.InvariantCulture) + double.Parse(fields[12], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return 0;
        }
    }

    /// <summary>The fields of /proc/PID/stat from the state on: the name before may hold spaces.</summary>
    private static string[] Stat(int process) => File.ReadAllText($"/proc/{process}/stat") is var text ? text[(text.LastIndexOf(')') + 2)..].Split(' ') : [];

    private static string Commands(int process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/cmdline").Replace('\0', ' ');
        }
        catch (IOException)
        {
            return "";
        }
    }
}
