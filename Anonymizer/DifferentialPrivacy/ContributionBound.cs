using System.Numerics;

namespace Anonymizer.DifferentialPrivacy;

/// <summary>How much of an answer one patient may make up: at most <paramref name="Rows"/> rows in all, in at most <paramref name="Groups"/> groups.</summary>
/// <param name="Rows">From 1 to 1,000,000.</param>
/// <param name="Groups">From 1 to 1,000,000.</param>
/// <param name="ManyKeys">Whether one row may fall into several groups (grouping by a set of codes).</param>
/// <remarks>
/// The bound is enforced by random selection before anything is counted, so the sensitivities below are facts about the computation.
/// With one key a row the rows bound the groups, and no factor for groups is paid.
/// </remarks>
public readonly record struct ContributionBound(int Rows, int Groups, bool ManyKeys)
{
    /// <summary>The sensitivity of per-group totals to which one row adds at most <paramref name="weight"/> grid units in absolute value.</summary>
    public Sensitivity OfRows(BigInteger weight)
    {
        var largest = weight * Rows;
        return ManyKeys
            ? new Sensitivity(largest, largest * Groups, largest * largest * Groups)
            : new Sensitivity(largest, largest, largest * largest);
    }

    /// <summary>The sensitivity of the number of patients in each group.</summary>
    public Sensitivity OfUnits()
    {
        var groups = MostGroups;
        return new Sensitivity(1, groups, groups);
    }

    /// <summary>The bound once all keys are mapped to one: rows of all groups then meet in it, and what was known of groups is forgotten.</summary>
    public ContributionBound WithoutGroups() => new(checked(Rows * (ManyKeys ? Groups : 1)), 1, ManyKeys: false);

    /// <summary>The most groups that one patient can be in.</summary>
    public int MostGroups => ManyKeys ? Groups : Math.Min(Rows, Groups);
}

/// <summary>How far adding or removing one patient moves a vector of exact integers, in grid units.</summary>
/// <param name="Largest">In one coordinate (L∞).</param>
/// <param name="Total">In all together (L1): what Laplace noise is scaled to.</param>
/// <param name="SquareTotal">The square of the Euclidean distance (L2²): what Gaussian noise is scaled to.</param>
public readonly record struct Sensitivity(BigInteger Largest, BigInteger Total, BigInteger SquareTotal);
