using System.Numerics;

namespace Anonymizer.DifferentialPrivacy.Mechanisms;

/// <summary>The law of the discrete Laplace on the integers: P(x) = (1 − r)/(1 + r) · r^|x| with r = exp(−1/t). For intervals and checks, not for drawing.</summary>
/// <remarks>Inusah and Kozubowski, JSPI 2006. Doubles: within a few units in the last place.</remarks>
public static class LaplaceDistribution
{
    /// <summary>P(X = x) at scale t.</summary>
    public static double Probability(Rational scale, BigInteger x)
    {
        return Math.Tanh((1 / (2 * scale)).ToDouble()) * Math.Exp(-((Rational)BigInteger.Abs(x) / scale).ToDouble());
    }

    /// <summary>P(|X| &gt; m) at scale t; 1 for a negative m.</summary>
    public static double Tail(Rational scale, BigInteger m) =>
        m.Sign < 0 ? 1 : 2 * Math.Exp(-((Rational)(m + 1) / scale).ToDouble()) / (1 + Math.Exp(-(1 / scale).ToDouble()));

    /// <summary>The variance at scale t.</summary>
    public static double Variance(Rational scale)
    {
        var rate = (1 / scale).ToDouble();
        var lost = Accounting.Precise.ExpM1(-rate);
        return 2 * Math.Exp(-rate) / (lost * lost);
    }

    /// <summary>The smallest m with P(|X| &gt; m) ≤ alpha.</summary>
    public static BigInteger HalfWidth(Rational scale, double alpha)
    {
        var t = scale.ToDouble();
        var guess = (t * (Math.Log(2 / alpha) - Math.Log(1 + Math.Exp(-1 / t)))) - 1;
        var m = BigInteger.Max(0, new BigInteger(Math.Ceiling(guess)));
        while (m > 0 && Tail(scale, m - 1) <= alpha)
        {
            m--;
        }

        while (Tail(scale, m) > alpha)
        {
            m++;
        }

        return m;
    }
}
