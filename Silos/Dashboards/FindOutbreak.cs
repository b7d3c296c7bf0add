using MathNet.Numerics.Distributions;
using Silos.Protocol;

namespace Silos.Dashboards;

/// <summary>How sure an alarm is to be.</summary>
/// <param name="FalseAlarmRate">Chance of any alarm in one refresh over all regions, where nothing but noise happens; between 0 and 1, both excluded.</param>
/// <param name="Power">Chance that a rise of the stated size is found; between 0.5 and 1, both excluded.</param>
/// <param name="NoiseDeviation">Standard deviation of the noise in a region's cases.</param>
public sealed record OutbreakRule(double FalseAlarmRate, double Power, double NoiseDeviation);

/// <summary>
/// Compares each region's newest rise in cases on record with its rises before. Pure: it sees released figures alone.
/// </summary>
/// <remarks>
/// With m earlier rises the statistic is d = (c_t − c_{t−1}) − (c_{t−1} − c_{t−1−m})/m: 0 in the mean whatever steady rise there is. Independent noise of
/// deviation σ gives it the variance σ²(1 + (1 + 1/m)² + 1/m²); steady cases, as a Poisson process of the rise before, add its mean (1 + 1/m). One-sided
/// normal bound at the false-alarm rate divided by the number of regions (Bonferroni), plus one for the grid. An alarm needs three figures above the floor,
/// which only makes alarms fewer: the rate is kept. It is kept for noise and steady rises, not for seasons.
/// </remarks>
public static class FindOutbreak
{
    /// <summary>Refreshes before there is a judgement: two rises to compare with, and the newest.</summary>
    public const int Needed = 4;

    private const int MostEarlierRises = 4;

    /// <param name="refreshes">Cases by region, oldest refresh first; null where a figure is under the floor.</param>
    public static IReadOnlyList<RegionSignal> Judge(IReadOnlyList<IReadOnlyDictionary<string, NoisyNumber?>> refreshes, OutbreakRule rule)
    {
        if (refreshes.Count == 0)
        {
            return [];
        }

        var regions = refreshes[^1].Keys.Order(StringComparer.Ordinal).ToList();
        return [.. regions.Select(region => One(region, [.. refreshes.Select(refresh => refresh.GetValueOrDefault(region))], regions.Count, rule))];
    }

    private static RegionSignal One(string region, IReadOnlyList<NoisyNumber?> cases, int regions, OutbreakRule rule)
    {
        var m = Math.Min(MostEarlierRises, cases.Count - 2);
        if (cases.Count < Needed || cases[^1] is not { } now || cases[^2] is not { } before || cases[^(m + 2)] is not { } long_ago)
        {
            return new RegionSignal(region, cases[^1], null, null, null, false);
        }

        var usual = (before.Value - long_ago.Value) / m;
        var rise = now.Value - before.Value - usual;
        var noise = rule.NoiseDeviation * rule.NoiseDeviation * (1 + Square(1 + (1.0 / m)) + Square(1.0 / m));
        var deviation = Math.Sqrt(noise + (Math.Max(0, usual) * (1 + (1.0 / m))));
        var above = 1 + (Normal.InvCDF(0, 1, 1 - (rule.FalseAlarmRate / regions)) * deviation);
        // An outbreak of n cases varies by √n itself: n = above + z·√(deviation² + n), solved for n.
        var z = Normal.InvCDF(0, 1, rule.Power);
        var found = above + (z * z / 2) + (z * Math.Sqrt((deviation * deviation) + above + (z * z / 4)));
        return new RegionSignal(region, now, Math.Round(rise, 1), Math.Round(above, 1), Math.Ceiling(found), rise > above);
    }

    private static double Square(double value) => value * value;
}
