namespace Silos.Queries;

/// <summary>Lets answers and refusals leave only at whole quanta of time since the question came, so that the time taken says little of the data.</summary>
public sealed class AnswerQuantum(TimeProvider clock)
{
    /// <summary>50 ms.</summary>
    public static readonly TimeSpan Length = TimeSpan.FromMilliseconds(50);

    /// <param name="came">The clock's timestamp when the question came.</param>
    public Task NextAsync(long came, CancellationToken cancel) => Task.Delay(Left(clock.GetElapsedTime(came)), clock, cancel);

    /// <summary>What is left of the quantum after so much time: above nothing, at most a quantum.</summary>
    public static TimeSpan Left(TimeSpan elapsed) => Length - TimeSpan.FromTicks(elapsed.Ticks % Length.Ticks);
}
