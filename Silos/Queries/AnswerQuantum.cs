namespace Silos.Queries;

/// <summary>Lets answers and refusals leave only at whole quanta of time since the question came, so that the time taken says little of the data.</summary>
public sealed class AnswerQuantum(TimeProvider clock)
{
    /// <summary>50 ms.</summary>
    public static readonly TimeSpan Length = TimeSpan.FromMilliseconds(50);

    /// <param name="came">The clock's timestamp when the question came.</param>
    public Task NextAsync(long came, CancellationToken cancel)
    {
        var elapsed = clock.GetElapsedTime(came);
        var left = Length - TimeSpan.FromTicks(elapsed.Ticks % Length.Ticks);
        return Task.Delay(left, clock, cancel);
    }
}
