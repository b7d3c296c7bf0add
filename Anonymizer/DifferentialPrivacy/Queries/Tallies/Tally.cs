using System.Numerics;
using Anonymizer.DifferentialPrivacy.Sampling;

namespace Anonymizer.DifferentialPrivacy.Queries.Tallies;

/// <summary>Counts one measure exactly, in integers, for all groups at once; then releases each group's cell with noise.</summary>
internal abstract class Tally
{
    /// <summary>Takes in rows.</summary>
    /// <param name="groups">The group of each, or <see cref="RowFilter.None"/>.</param>
    /// <param name="start">The first of them, where they follow one another.</param>
    /// <param name="rows">The rows themselves, where they do not; else empty.</param>
    public abstract void Add(ReadOnlySpan<int> groups, int start, ReadOnlySpan<int> rows);

    /// <summary>Sets what was counted elsewhere.</summary>
    /// <param name="group">From 0; each once, and no rows are taken in beside.</param>
    /// <param name="numbers">As the measure's <see cref="ExactNumbers"/> lays them out.</param>
    public abstract void Put(int group, ReadOnlySpan<Int128> numbers);

    /// <summary>The noisy cell of a group.</summary>
    /// <param name="group">From 0.</param>
    /// <param name="source">The source of all draws of the answer.</param>
    /// <param name="label">Group and measure, under which each draw has its own source.</param>
    public abstract Released Release(int group, IRandomSource source, string label);
}

/// <summary>A released cell, and the noisy number of rows in it where the measure has one.</summary>
internal readonly record struct Released(AnswerCell Cell, BigInteger? NoisyCount);
