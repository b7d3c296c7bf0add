using System.Globalization;

namespace Anonymizer.Tables;

/// <summary>A column of numbers on a fixed grid: value = ticks × <see cref="Step"/>. An integer column has step 1.</summary>
/// <remarks>The grid is declared, never read off the data: noise is added in whole ticks (see DifferentialPrivacy).</remarks>
public sealed class NumberColumn(string name, decimal step, long[] ticks) : Column(name)
{
    /// <summary>The tick of a cell without a value.</summary>
    public const long Null = long.MinValue;

    private Lazy<(long Least, long Most)>? extremes;

    /// <summary>Width of the grid; greater than 0.</summary>
    public decimal Step { get; } = step;

    /// <summary>One tick count a row, or <see cref="Null"/>.</summary>
    public ReadOnlySpan<long> Ticks => ticks;

    /// <summary>Whether every cell has a value within these ticks. The extremes are looked for once, on first use.</summary>
    public bool LiesWithin(long lower, long upper)
    {
        var (least, most) = (extremes ??= new Lazy<(long, long)>(Measure)).Value;
        return least >= lower && most <= upper;
    }

    public override int Count => ticks.Length;

    public override bool IsNull(int row) => ticks[row] == Null;

    public override string? Text(int row) =>
        ticks[row] == Null ? null : (ticks[row] * Step).ToString(CultureInfo.InvariantCulture);

    // A null is below every bound that there is.
    private (long Least, long Most) Measure()
    {
        var (least, most) = (long.MaxValue, long.MinValue);
        foreach (var tick in ticks)
        {
            least = Math.Min(least, tick);
            most = Math.Max(most, tick);
        }

        return (least, most);
    }
}
