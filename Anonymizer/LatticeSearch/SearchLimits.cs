namespace Anonymizer.LatticeSearch;

/// <summary>How a search may use its host. The library has no clock: a deadline is a question it asks.</summary>
/// <param name="Workers">Threads, from 1 up; 2 by default. The result does not depend on it.</param>
/// <param name="Expired">True once the time is over; the search then gives the best it has. Asked before each transformation.</param>
/// <param name="Progress">Told now and then how far the search is.</param>
/// <param name="Cancellation">Stops the search without a result.</param>
public sealed record SearchLimits(
    int Workers = 2,
    Func<bool>? Expired = null,
    IProgress<SearchProgress>? Progress = null,
    CancellationToken Cancellation = default)
{
    /// <summary>Two workers, no deadline.</summary>
    public static SearchLimits None { get; } = new();
}

/// <summary>How far a search is.</summary>
/// <param name="Settled">Transformations that need no look any more.</param>
/// <param name="Transformations">All of them; <see cref="long.MaxValue"/> when there are more.</param>
/// <param name="Checked">Transformations whose classes were counted.</param>
/// <param name="BestScore">The score of the best so far, or null.</param>
public sealed record SearchProgress(long Settled, long Transformations, long Checked, double? BestScore);
