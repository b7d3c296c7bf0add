namespace Silos.Queries;

/// <summary>Lets answers and refusals leave only at whole quanta of time since the question came, so that the time taken says little of the data.</summary>
public sealed class AnswerQuantum(TimeProvider clock)
{
    /// <summary>50 ms.</summary>
    public static readonly TimeSpan Length = TimeSpan.FromMilliseconds(50);

    /// <param name="came">The clock's timestamp when the question came.</param>
    public async Task NextAsync(long came, CancellationToken cancel)
    {
        // Timers count whole milliseconds and may ring a little early: never before the quantum is over.
        var elapsed = clock.GetElapsedTime(came);
        var over = elapsed + Left(elapsed);
        while (over - clock.GetElapsedTime(came) is var left && left > TimeSpan.Zero)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(Math.Ceiling(left.TotalMilliseconds)), clock, cancel);
        }
    }

    /// <summary>What is left of the quantum after so much time: above nothing, at most a quantum.</summary>
    public static TimeSpan Left(TimeSpan elapsed) => Length - TimeSpan.FromTicks(elapsed.Ticks % Length.Ticks);
}
