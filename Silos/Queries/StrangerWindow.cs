namespace Silos.Queries;

/// <summary>
/// How many refusals are entered in the log for requests that nobody whom a permit names can be held to: forged ones, and replays. So many a minute
/// are entered one by one; of what is beyond, only the number, with the next refusal after the minute. Pure.
/// </summary>
/// <remarks>A refusal of somebody whom the permit names is always entered: strangers cannot crowd it out. A crash forgets the number of at most one minute's rest.</remarks>
/// <param name="Opened">When the minute began.</param>
/// <param name="Entered">Entered in it.</param>
/// <param name="Missed">Refused beyond that, and not yet told.</param>
public sealed record StrangerWindow(DateTimeOffset Opened, int Entered, int Missed)
{
    private static readonly TimeSpan Length = TimeSpan.FromMinutes(1);

    /// <summary>Before the first refusal.</summary>
    public static StrangerWindow Empty { get; } = new(DateTimeOffset.MinValue, 0, 0);

    /// <summary>One more refusal.</summary>
    /// <param name="stranger">Whether nobody can be held to it.</param>
    /// <param name="most">Strangers' refusals entered in a minute.</param>
    /// <param name="now">The time.</param>
    /// <returns>The window after it; whether it is entered; and how many that were not are told with it.</returns>
    public (StrangerWindow After, bool Enter, int Told) Next(bool stranger, int most, DateTimeOffset now)
    {
        var (window, told) = now - Opened < Length ? (this, 0) : (new StrangerWindow(now, 0, 0), Missed);
        return !stranger ? (window, true, told)
            : window.Entered < most ? (window with { Entered = window.Entered + 1 }, true, told)
            : (window with { Missed = window.Missed + 1 }, false, 0);
    }
}
