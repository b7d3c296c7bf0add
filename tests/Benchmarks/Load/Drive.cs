using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;

namespace Benchmarks.Load;

/// <summary>What callers saw who each asked again as soon as they were answered.</summary>
/// <param name="Times">Milliseconds of every answer, ascending.</param>
/// <param name="Refusals">What was not answered, by status and code, with how often.</param>
internal sealed record Driven(TimeSpan Took, IReadOnlyList<double> Times, IReadOnlyDictionary<string, int> Refusals)
{
    public double PerSecond => Times.Count / Took.TotalSeconds;

    public double Percentile(double part) => Times.Count == 0 ? 0 : Times[Math.Min(Times.Count - 1, (int)(Times.Count * part))];

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{PerSecond:0} answered/s ({Times.Count} in {Took.TotalSeconds:0.0} s), p50 {Percentile(0.5):0} ms, p95 {Percentile(0.95):0} ms, p99 {Percentile(0.99):0} ms, most {Percentile(1):0} ms")
        + string.Concat(Refusals.Select(refusal => $"; {refusal.Value} × {refusal.Key}"));
}

/// <summary>Callers in a closed loop, each on a connection of its own.</summary>
internal static class Drive
{
    /// <param name="next">The next body and where it goes; null ends that caller.</param>
    /// <param name="seen">Every answer's bytes, for whoever checks them afterwards.</param>
    public static async Task<Driven> RunAsync(int callers, TimeSpan length, Func<int, (Uri To, string? Token, byte[] Body)?> next, Action<byte[]>? seen = null)
    {
        using var handler = new SocketsHttpHandler { MaxConnectionsPerServer = callers, PooledConnectionLifetime = TimeSpan.FromHours(1) };
        using var http = new HttpClient(handler) { Timeout = TimeSpan.FromMinutes(2) };
        var (times, refusals) = (new ConcurrentBag<double>(), new ConcurrentDictionary<string, int>());
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, callers).Select(caller => Task.Run(async () =>
        {
            while (Stopwatch.GetElapsedTime(started) < length && next(caller) is var (to, token, body))
            {
                using var request = new HttpRequestMessage(HttpMethod.Post, to) { Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } } };
                request.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
                var asked = Stopwatch.GetTimestamp();
                using var response = await http.SendAsync(request);
                var answer = await response.Content.ReadAsByteArrayAsync();
                if (response.StatusCode == HttpStatusCode.OK)
                {
                    times.Add(Stopwatch.GetElapsedTime(asked).TotalMilliseconds);
                    seen?.Invoke(answer);
                }
                else
                {
                    refusals.AddOrUpdate($"{(int)response.StatusCode} {System.Text.Encoding.UTF8.GetString(answer.AsSpan(0, Math.Min(answer.Length, 200)))}", 1, (_, count) => count + 1);
                }
            }
        })));
        return new Driven(Stopwatch.GetElapsedTime(started), [.. times.Order()], refusals);
    }
}
