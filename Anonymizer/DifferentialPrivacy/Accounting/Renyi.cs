namespace Anonymizer.DifferentialPrivacy.Accounting;

/// <summary>Rényi differential privacy: divergences of every order add over answers, and any order gives an ε at a δ.</summary>
/// <remarks>Mironov, CSF 2017. Conversion: Canonne, Kamath and Steinke 2020, Proposition 12:
/// ε = D(α) + ln(1 − 1/α) − (ln δ + ln α)/(α − 1). Any order is valid, so an inexact search errs upwards only.</remarks>
public static class Renyi
{
    private const double Golden = 0.6180339887498949;

    // Orders from 1 + 1e-11 on, on a logarithmic scale; to 1e15 for Gaussian noise. Where losses are bounded, to 10^5:
    // beyond, the sum of the largest losses is as good.
    private const double LeastLogExcess = -25;
    private const double LargestLogExcess = 34.5;

    /// <summary>The Rényi divergence of an order of one answer.</summary>
    /// <param name="loss">The answer's loss.</param>
    /// <param name="order">Above 1.</param>
    public static double Divergence(LossDistribution loss, double order)
    {
        Domain.AboveZero(order - 1);
        return loss.LogMoment(order - 1) / (order - 1);
    }

    /// <summary>The Rényi divergence of two laws on the same outcomes: ln Σ p^α q^(1−α) / (α − 1).</summary>
    public static double Divergence(IReadOnlyList<double> p, IReadOnlyList<double> q, double order) =>
        Math.Log(p.Zip(q, (a, b) => Math.Pow(a, order) * Math.Pow(b, 1 - order)).Sum()) / (order - 1);

    /// <summary>The smallest ε at δ over all real orders, or the sum of the largest losses where that is less.</summary>
    /// <param name="losses">Answers, each with how often it was given.</param>
    /// <param name="delta">Above 0 and below 1.</param>
    public static double Epsilon(IReadOnlyList<(LossDistribution Loss, int Count)> losses, double delta) => Best(losses, delta).Epsilon;

    /// <summary>The smallest ε at δ over given orders, from the divergence at each.</summary>
    public static double Epsilon(IEnumerable<(double Order, double Divergence)> curve, double delta)
    {
        Domain.Chance(delta);
        return Math.Max(0, curve.Min(point => Convert(point.Order - 1, point.Divergence, Math.Log(delta))));
    }

    /// <summary>The same, and the order less 1 that it is found at.</summary>
    internal static (double Epsilon, double Excess) Best(IReadOnlyList<(LossDistribution Loss, int Count)> losses, double delta)
    {
        Domain.Chance(delta);
        foreach (var (_, count) in losses)
        {
            Domain.Count(count);
        }

        var logDelta = Math.Log(delta);
        double At(double logExcess)
        {
            var x = Math.Exp(logExcess);
            return Convert(x, losses.Sum(item => item.Count * item.Loss.LogMoment(x)) / x, logDelta);
        }

        var bounded = losses.Count > 0 && losses.All(item => double.IsFinite(item.Loss.Largest));
        var largest = bounded ? Math.Log(1e5) : LargestLogExcess;

        // A coarse scan, then a golden section around its best.
        var best = 0.0;
        var least = double.PositiveInfinity;
        for (var log = LeastLogExcess; log <= largest; log += 0.25)
        {
            if (At(log) is var value && value < least)
            {
                (best, least) = (log, value);
            }
        }

        var (low, high) = (best - 0.25, Math.Min(best + 0.25, largest));
        for (var i = 0; i < 40; i++)
        {
            var (a, b) = (high - (Golden * (high - low)), low + (Golden * (high - low)));
            (low, high) = At(a) < At(b) ? (low, b) : (a, high);
        }

        least = Math.Min(least, At((low + high) / 2));
        var pure = losses.Sum(item => item.Count * item.Loss.Largest);
        return (Math.Max(0, Math.Min(least, pure)), Math.Exp((low + high) / 2));
    }

    private static double Convert(double excess, double divergence, double logDelta) =>
        divergence - Precise.Log1P(1 / excess) - ((logDelta + Precise.Log1P(excess)) / excess);
}
