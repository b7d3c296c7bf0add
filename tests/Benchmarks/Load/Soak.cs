using System.Diagnostics;
using System.Globalization;

namespace Benchmarks.Load;

/// <summary>Whether hub and silos keep their memory while they answer for long.</summary>
internal static class Soak
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(10);

    /// <returns>0 when the last third's mean is within 10 % of the second's.</returns>
    public static async Task<int> RunAsync(int callers, TimeSpan length, Func<int, (Uri, string?, byte[])?> next, Processes processes, Action<string> print)
    {
        var samples = new List<IReadOnlyDictionary<string, double>>();
        using var stop = new CancellationTokenSource();
        var sampling = Task.Run(async () =>
        {
            var started = Stopwatch.GetTimestamp();
            while (!stop.IsCancellationRequested)
            {
                var memory = processes.Memory();
                samples.Add(memory);
                print(string.Create(CultureInfo.InvariantCulture, $"  {Stopwatch.GetElapsedTime(started).TotalSeconds,6:0} s: ") + string.Join(", ", memory.Select(part => string.Create(CultureInfo.InvariantCulture, $"{part.Key} {part.Value:0} MB"))));
                await Task.Delay(Every, stop.Token).ContinueWith(_ => { }, TaskScheduler.Default);
            }
        });
        processes.Start();
        var driven = await Drive.RunAsync(callers, length, next);
        await stop.CancelAsync();
        await sampling;
        print($"soak: {driven}");
        print($"  processors: {processes.Since(driven.Times.Count)}");
        var flat = true;
        foreach (var part in samples[0].Keys)
        {
            double Mean(int third) => samples.Skip(third * samples.Count / 3).Take(samples.Count / 3).Average(sample => sample[part]);
            var (second, last) = (Mean(1), Mean(2));
            flat &= last <= 1.1 * second;
            print(string.Create(CultureInfo.InvariantCulture, $"  {part}: {Mean(0):0} MB in the first third, {second:0} in the second, {last:0} in the last ({(last / second) - 1:+0.0%;-0.0%})"));
        }

        return flat ? 0 : 1;
    }
}
