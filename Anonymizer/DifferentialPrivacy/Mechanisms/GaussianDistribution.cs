using System.Numerics;
using MathNet.Numerics;

namespace Anonymizer.DifferentialPrivacy.Mechanisms;

/// <summary>The law of the discrete Gaussian on the integers: P(x) ∝ exp(−x²/2σ²). For intervals and checks, not for drawing.</summary>
/// <remarks>Canonne, Kamath and Steinke, NeurIPS 2020. Tails are summed term by term up to σ = 1,000,000; beyond that, and for
/// half widths from σ = 4,096 on, the continuous law with its continuity correction stands in, which differs by less than a part in 10^7.</remarks>
public static class GaussianDistribution
{
    private const double SummedUpTo = 1_000_000;
    private const double SearchedUpTo = 4_096;

    /// <summary>P(X = x) at σ².</summary>
    public static double Probability(Rational variance, BigInteger x)
    {
        return Math.Exp(-((Rational)(x * x) / (2 * variance)).ToDouble()) / Total(variance.ToDouble());
    }

    /// <summary>P(|X| &gt; m) at σ²; 1 for a negative m.</summary>
    public static double Tail(Rational variance, BigInteger m)
    {
        if (m.Sign < 0)
        {
            return 1;
        }

        var v = variance.ToDouble();
        var sigma = Math.Sqrt(v);
        if (sigma > SummedUpTo)
        {
            return SpecialFunctions.Erfc(((double)m + 0.5) / (sigma * Constants.Sqrt2));
        }

        return 2 * SumFrom((double)m + 1, v) / Total(v);
    }

    /// <summary>The variance at parameter σ²: below σ², by little unless σ is small.</summary>
    public static double Variance(Rational variance)
    {
        var v = variance.ToDouble();
        if (v > 100)
        {
            return v;
        }

        var sum = 0.0;
        var last = Math.Ceiling(12 * Math.Sqrt(v)) + 1;
        for (var x = last; x >= 1; x--)
        {
            sum += 2 * x * x * Math.Exp(-x * x / (2 * v));
        }

        return sum / Total(v);
    }

    /// <summary>The smallest m with P(|X| &gt; m) ≤ alpha.</summary>
    public static BigInteger HalfWidth(Rational variance, double alpha)
    {
        var sigma = Math.Sqrt(variance.ToDouble());
        if (sigma > SearchedUpTo)
        {
            return new BigInteger(Math.Ceiling((sigma * Constants.Sqrt2 * SpecialFunctions.ErfcInv(alpha)) - 0.5));
        }

        var m = BigInteger.Max(0, new BigInteger(Math.Ceiling((sigma * Constants.Sqrt2 * SpecialFunctions.ErfcInv(alpha)) - 0.5)));
        while (m > 0 && Tail(variance, m - 1) <= alpha)
        {
            m--;
        }

        while (Tail(variance, m) > alpha)
        {
            m++;
        }

        return m;
    }

    // Σ exp(−x²/2v) over all integers; by Poisson summation from v = 4 on, where the next term is below 1e-68.
    private static double Total(double v) =>
        v < 4 ? 1 + (2 * SumFrom(1, v)) : Math.Sqrt(2 * Math.PI * v) * (1 + (2 * Math.Exp(-2 * Math.PI * Math.PI * v)));

    // Σ exp(−x²/2v) over x ≥ first, smallest terms first, leaving out what is below e^−50 of the first.
    private static double SumFrom(double first, double v)
    {
        var last = Math.Ceiling(Math.Sqrt((first * first) + (100 * v))) + 1;
        var sum = 0.0;
        for (var x = last; x >= first; x--)
        {
            sum += Math.Exp(-x * x / (2 * v));
        }

        return sum;
    }
}
