using System.Diagnostics;
using System.Globalization;
using Xunit;

namespace Research.Web.Tests.RealStack;

/// <summary>How soon the server answers on the embedded default. A figure, not a rule: it is the machine's as much as ours.</summary>
[Collection(RunningStack.Name)]
public sealed class SpeedTests(RunningStack running)
{
    private const int Times = 101;

    /// <summary>Goal: a figure for "under 50 ms at the median". Method: each page a hundred times one after the other, beside an endpoint that does nothing; medians and their ratio are printed. In the long run alone, for a busy machine says nothing.</summary>
    [Fact]
    public async Task The_medians_of_the_servers_answers_are_printed()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("RESEARCHHUB_LONG") == "1", "only in the long run: RESEARCHHUB_LONG=1");
        using var http = new HttpClient { BaseAddress = running.Stack.WebUrl };
        var bare = await MedianAsync(http, "/healthz");
        foreach (var path in new[] { "/", "/catalogue", $"/catalogue/{running.Dataset.Silo}/{running.Dataset.Dataset}", "/dashboards", "/register", "/ledger" })
        {
            var median = await MedianAsync(http, path);
            TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{path}: {median:0.0} ms, {median / bare:0.0} times the bare {bare:0.0} ms"));
        }
    }

    private static async Task<double> MedianAsync(HttpClient http, string path)
    {
        List<double> took = [];
        for (var i = 0; i < Times; i++)
        {
            var watch = Stopwatch.GetTimestamp();
            using var answer = await http.GetAsync(new Uri(path, UriKind.Relative));
            answer.EnsureSuccessStatusCode();
            await answer.Content.ReadAsByteArrayAsync();
            took.Add(Stopwatch.GetElapsedTime(watch).TotalMilliseconds);
        }

        return took.Order().ElementAt(Times / 2);
    }
}
