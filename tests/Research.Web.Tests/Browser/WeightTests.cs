using System.Globalization;
using System.Text.Json;
using Microsoft.Playwright;
using Xunit;

namespace Research.Web.Tests.Browser;

/// <summary>How heavy the first page is.</summary>
public sealed class WeightTests(Site site)
{
    private const int MostBytes = 150_000;

    /// <summary>Goal: the first page comes quickly over a bad line: under 150 kB as it travels, and without the charts. Method: a browser without a cache opens it; the sizes are the browser's own, headers and compression included; printed part by part.</summary>
    [Fact]
    public async Task The_first_page_weighs_less_than_150_kB()
    {
        var page = await site.OpenAsync();
        await page.GotoAsync("/", new() { WaitUntil = WaitUntilState.NetworkIdle });
        var parts = await page.EvaluateAsync<JsonElement>(
            "() => [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')].map(one => ({ name: new URL(one.name).pathname, bytes: one.transferSize }))");
        var weighed = parts.EnumerateArray().Select(part => (Name: part.GetProperty("name").GetString()!, Bytes: part.GetProperty("bytes").GetInt32())).ToList();
        foreach (var (name, bytes) in weighed)
        {
            TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{bytes,8} {name}"));
        }

        var sum = weighed.Sum(part => part.Bytes);
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{sum,8} in all"));
        Assert.True(weighed.Count >= 5 && weighed.All(part => part.Bytes > 0), "a part came without a size: the measure is wrong");
        Assert.DoesNotContain(weighed, part => part.Name.Contains("echarts", StringComparison.Ordinal));
        Assert.InRange(sum, 1, MostBytes);
        await page.Context.CloseAsync();
    }
}
