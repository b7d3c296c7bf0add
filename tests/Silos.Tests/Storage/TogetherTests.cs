using Silos.Ledger.Chain;
using Silos.Ledger.Storage;
using Xunit;

namespace Silos.Tests.Storage;

/// <summary>Callers who are served together.</summary>
public class TogetherTests
{
    /// <summary>Goal: a run never began before its callers asked, and serves all who came meanwhile. Method: hold the first run, ask three times, release.</summary>
    [Fact]
    public async Task Those_who_come_during_a_run_are_served_by_the_next_together()
    {
        var (began, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        var runs = new List<IReadOnlyList<int>>();
        var together = new Together<int, int>(100, async asked =>
        {
            runs.Add(asked);
            began.TrySetResult();
            await release.Task;
            return [.. asked.Select(one => one * 10)];
        });
        var first = together.AskAsync(1, TestContext.Current.CancellationToken);
        await began.Task;
        var others = new[] { 2, 3, 4 }.Select(one => together.AskAsync(one)).ToList();
        release.SetResult();

        Assert.Equal(10, await first);
        int[] served = await Task.WhenAll(others);
        Assert.Equal([20, 30, 40], served);
        Assert.Equal(["1", "2 3 4"], runs.Select(run => string.Join(' ', run)));
    }

    /// <summary>Goal: one caller's broken state does not take the others down; trouble of the chain is everybody's. Method: one of three, who wait together, makes the run fail in either way.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Only_what_is_everybodys_trouble_fails_everybody(bool chainIsDown)
    {
        var (began, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        var together = new Together<int, int>(100, async asked =>
        {
            began.TrySetResult();
            await release.Task;
            return asked.Contains(3) ? throw (chainIsDown ? new LedgerUnavailableException("down") : new InvalidOperationException("broken")) : [.. asked];
        });
        var first = together.AskAsync(1, TestContext.Current.CancellationToken);
        await began.Task;
        var (good, bad, other) = (together.AskAsync(2), together.AskAsync(3), together.AskAsync(4));
        release.SetResult();

        Assert.Equal(1, await first);
        if (chainIsDown)
        {
            await Assert.ThrowsAsync<LedgerUnavailableException>(() => good);
            await Assert.ThrowsAsync<LedgerUnavailableException>(() => other);
        }
        else
        {
            Assert.Equal((2, 4), (await good, await other));
            await Assert.ThrowsAsync<InvalidOperationException>(() => bad);
        }
    }

    /// <summary>Goal: no run is larger than allowed. Method: a hundred callers, at most seven together.</summary>
    [Fact]
    public async Task No_run_serves_more_than_allowed()
    {
        var largest = 0;
        var together = new Together<int, int>(7, asked =>
        {
            largest = Math.Max(largest, asked.Count);
            return Task.FromResult<IReadOnlyList<int>>([.. asked]);
        });

        Assert.Equal(Enumerable.Range(0, 100), await Task.WhenAll(Enumerable.Range(0, 100).Select(one => together.AskAsync(one))));
        Assert.InRange(largest, 1, 7);
    }
}
