namespace Anonymizer.DifferentialPrivacy.Mechanisms;

/// <summary>The exact law of a private quantile, for auditors: how likely each outcome is on given data.</summary>
/// <remarks>Smith, STOC 2011: the exponential mechanism with a score that one row moves by at most max(q, 1 − q).</remarks>
public static class QuantileLaw
{
    /// <summary>−|(1−q)·below − q·above| in units of 1/B, q = A/B: the score of a candidate with so many values below and above it.</summary>
    public static long Score((long A, long B) q, long below, long above) => -Math.Abs(((q.B - q.A) * below) - (q.A * above));

    /// <summary>Over a public grid of candidates: what questions use.</summary>
    public static double[] OfCandidates(IReadOnlyList<double> data, IReadOnlyList<double> candidates, Rational q, double coefficient)
    {
        var share = q.ToDouble();
        var scores = candidates.Select(candidate =>
            -Math.Abs(((1 - share) * data.Count(value => value < candidate)) - (share * data.Count(value => value > candidate))));
        return ExponentialMechanism.Probabilities([.. scores], coefficient);
    }

    /// <summary>Over the intervals between sorted clamped values, uniform within the chosen one: weight = width · exp(−coefficient · |i − qn|).</summary>
    /// <returns>The ends of the intervals, the probability of each interval, and the mean outcome.</returns>
    public static (double[] Breakpoints, double[] Probabilities, double Mean) OfIntervals(
        IReadOnlyList<double> data, double lower, double upper, double q, double coefficient)
    {
        double[] ends = [lower, .. data.Select(value => Math.Clamp(value, lower, upper)).Order(), upper];
        var least = Enumerable.Range(0, ends.Length - 1).Where(i => ends[i + 1] > ends[i]).Min(i => Math.Abs(i - (q * data.Count)));
        var weights = Enumerable.Range(0, ends.Length - 1)
            .Select(i => (ends[i + 1] - ends[i]) * Math.Exp(-coefficient * (Math.Abs(i - (q * data.Count)) - least))).ToArray();
        var total = weights.Sum();
        var law = Array.ConvertAll(weights, weight => weight / total);
        return (ends, law, law.Select((probability, i) => probability * (ends[i] + ends[i + 1]) / 2).Sum());
    }
}
