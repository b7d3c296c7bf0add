using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;

namespace Benchmarks.Load;

/// <summary>What callers saw.</summary>
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

/// <summary>
/// Callers, each on a connection of its own. In a closed loop each asks again as soon as she was answered, so that the parts are never at rest;
/// at a rate each asks when it is her turn, and an answer's time counts from when that was, also while she still waited for the one before.
/// </summary>
internal static class Drive
{
    /// <param name="rate">Questions a second over all callers; 0 is the closed loop.</param>
    /// <param name="next">The next body and where it goes; null ends that caller.</param>
    /// <param name="seen">Every answer's bytes, for whoever checks them afterwards.</param>
    public static async Task<Driven> RunAsync(int callers, TimeSpan length, Func<int, (Uri To, string? Token, byte[] Body)?> next, Action<byte[]>? seen = null, int rate = 0)
    {
        using var handler = new SocketsHttpHandler { MaxConnectionsPerServer = callers, PooledConnectionLifetime = TimeSpan.FromHours(1) };
        using var http = new HttpClient(handler) { Timeout = TimeSpan.FromMinutes(2) };
        var (times, refusals) = (new ConcurrentBag<double>(), new ConcurrentDictionary<string, int>());
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, callers).Select(caller => Task.Run(async () =>
        {
            for (var turn = 0; ; turn++)
            {
                var due = rate == 0 ? Stopwatch.GetElapsedTime(started) : TimeSpan.FromSeconds((turn + ((double)caller / callers)) * callers / rate);
                if (due >= length)
                {
                    return;
                }

                if (due - Stopwatch.GetElapsedTime(started) is { Ticks: > 0 } early)
                {
                    await Task.Delay(early);
                }

                if (next(caller) is not var (to, token, body))
                {
                    return;
                }

                using var request = new HttpRequestMessage(HttpMethod.Post, to) { Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } } };
                request.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
                using var response = await http.SendAsync(request);
                var answer = await response.Content.ReadAsByteArrayAsync();
                if (response.StatusCode == HttpStatusCode.OK)
                {
                    times.Add((Stopwatch.GetElapsedTime(started) - due).TotalMilliseconds);
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
