namespace Simulation.Tests;

/// <summary>Time that goes on only when somebody waits for it, or when the schedule says so: a pause ends at once, and the clock is later by it.</summary>
internal sealed class SimulatedClock : TimeProvider
{
    private long ticks = new DateTimeOffset(2026, 6, 15, 8, 0, 0, TimeSpan.Zero).UtcTicks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => new(Interlocked.Read(ref ticks), TimeSpan.Zero);

    public override long GetTimestamp() => Interlocked.Read(ref ticks);

    public void Advance(TimeSpan by) => Interlocked.Add(ref ticks, by.Ticks);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Fired();
        if (dueTime != Timeout.InfiniteTimeSpan)
        {
            ThreadPool.UnsafeQueueUserWorkItem(_ =>
            {
                if (!timer.Stopped)
                {
                    Advance(dueTime);
                    callback(state);
                }
            }, null);
        }

        return timer;
    }

    private sealed class Fired : ITimer
    {
        private volatile bool stopped;

        public bool Stopped => stopped;

        public bool Change(TimeSpan dueTime, TimeSpan period) => false;

        public void Dispose() => stopped = true;

        public ValueTask DisposeAsync()
        {
            stopped = true;
            return ValueTask.CompletedTask;
        }
    }
}
