using System.Threading.Channels;
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
        var together = new Together<int, int>(100, TimeProvider.System, async asked =>
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
        var together = new Together<int, int>(100, TimeProvider.System, async asked =>
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

    /// <summary>Goal: under load runs keep a pace, so that more share one, and who comes alone never waits. Method: on a clock that stands still and notes each pause, two ask one after the other, then
    /// three wait for the end of a run and are served together, then one asks again, and one more.</summary>
    [Fact]
    public async Task Only_a_run_that_served_several_is_followed_by_pauses()
    {
        var clock = new NotedPauses();
        TaskCompletionSource? began = null, release = null;
        var together = new Together<int, int>(100, clock, async asked =>
        {
            began?.TrySetResult();
            await (release?.Task ?? Task.CompletedTask);
            return [.. asked];
        });
        await together.AskAsync(1, TestContext.Current.CancellationToken);
        await together.AskAsync(2, TestContext.Current.CancellationToken);
        (began, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        var held = together.AskAsync(3, TestContext.Current.CancellationToken);
        await began.Task;
        var three = new[] { 4, 5, 6 }.Select(one => together.AskAsync(one)).ToList();
        Assert.Empty(clock.Pauses);
        release.SetResult();
        await Task.WhenAll([held, .. three]);
        await together.AskAsync(7, TestContext.Current.CancellationToken);
        await together.AskAsync(8, TestContext.Current.CancellationToken);

        // The pace after three, 12 ms by the root of three; then the seventh gathers, and the eighth comes after one who was alone.
        Assert.Equal([TimeSpan.FromMilliseconds(20), TimeSpan.FromMilliseconds(4)], clock.Pauses);
    }

    /// <summary>Goal: those whom one step served together, and who come to the next one after the other, share a run there. Method: after a run that served several one asks, and a second while the first is gathering; pauses end by hand.</summary>
    [Fact]
    public async Task Those_who_come_one_after_the_other_under_load_are_served_together()
    {
        var clock = new HeldPauses();
        var (began, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        var runs = new List<IReadOnlyList<int>>();
        var together = new Together<int, int>(100, clock, async asked =>
        {
            runs.Add(asked);
            began.TrySetResult();
            await release.Task;
            return [.. asked];
        });
        var first = together.AskAsync(1, TestContext.Current.CancellationToken);
        await began.Task;
        var several = new[] { 2, 3 }.Select(one => together.AskAsync(one)).ToList();
        release.SetResult();
        await Task.WhenAll([first, .. several]);
        var fourth = together.AskAsync(4, TestContext.Current.CancellationToken);
        await EndPauseAsync();
        var gathering = clock.NextAsync();
        Assert.Same(gathering, await Task.WhenAny(gathering, fourth));
        var fifth = together.AskAsync(5, TestContext.Current.CancellationToken);
        (await gathering)();
        await EndPauseAsync();
        await Task.WhenAll(fourth, fifth);

        Assert.Equal(["1", "2 3", "4 5"], runs.Select(run => string.Join(' ', run)));

        async Task EndPauseAsync()
        {
            var pause = clock.NextAsync();
            Assert.Same(pause, await Task.WhenAny(pause, fourth));
            (await pause)();
        }
    }

    /// <summary>Goal: no run is larger than allowed. Method: a hundred callers, at most seven together.</summary>
    [Fact]
    public async Task No_run_serves_more_than_allowed()
    {
        var largest = 0;
        var together = new Together<int, int>(7, TimeProvider.System, asked =>
        {
            largest = Math.Max(largest, asked.Count);
            return Task.FromResult<IReadOnlyList<int>>([.. asked]);
        });

        Assert.Equal(Enumerable.Range(0, 100), await Task.WhenAll(Enumerable.Range(0, 100).Select(one => together.AskAsync(one))));
        Assert.InRange(largest, 1, 7);
    }

    /// <summary>Stands still; a pause ends at once, and is noted.</summary>
    private sealed class NotedPauses : TimeProvider
    {
        public List<TimeSpan> Pauses { get; } = [];

        public override long GetTimestamp() => 0;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Pauses.Add(dueTime);
            return System.CreateTimer(callback, state, TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Stands still; a pause ends when the test says so.</summary>
    private sealed class HeldPauses : TimeProvider
    {
        private readonly Channel<Action> pauses = Channel.CreateUnbounded<Action>();

        /// <summary>Ends the next pause that begins.</summary>
        public Task<Action> NextAsync() => pauses.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask();

        public override long GetTimestamp() => 0;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            pauses.Writer.TryWrite(() => callback(state));
            return System.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }
}
