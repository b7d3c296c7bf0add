using MathNet.Numerics;

namespace Anonymizer.DifferentialPrivacy.Accounting;

/// <summary>The exact (ε, δ) of Gaussian noise, by which a Gaussian answer is compared with others.</summary>
/// <remarks>Balle and Wang, ICML 2018, Theorem 8: δ(ε) = Φ(Δ/2σ − εσ/Δ) − e^ε Φ(−Δ/2σ − εσ/Δ). Claim: tight, for every ε ≥ 0, where the
/// classic √(2 ln 1.25/δ)Δ/ε holds below 1 only. Doubles; ε and σ are returned from above, a part in 10^12 too large at most.</remarks>
public static class AnalyticGaussian
{
    /// <summary>δ at ε.</summary>
    /// <param name="epsilon">At least 0.</param>
    /// <param name="sigma">Standard deviation; above 0.</param>
    /// <param name="sensitivity">L2; at least 0.</param>
    public static double Delta(double epsilon, double sigma, double sensitivity)
    {
        Domain.AtLeastZero(epsilon);
        Domain.AboveZero(sigma);
        Domain.AtLeastZero(sensitivity);
        var ratio = sensitivity / sigma;
        if (ratio == 0)
        {
            return 0;
        }

        var a = (ratio / 2) - (epsilon / ratio);
        var b = -(ratio / 2) - (epsilon / ratio);
        if (ratio < 1e-2)
        {
            return 0.5 * Math.Exp(-a * a / 2) * Difference(epsilon / ratio / Constants.Sqrt2, ratio / (2 * Constants.Sqrt2));
        }

        // e^ε φ(b) = φ(a), so both terms share the factor exp(−a²/2), and the difference is of scaled tails.
        return a <= 0
            ? 0.5 * Math.Exp(-a * a / 2) * (ScaledTail(-a / Constants.Sqrt2) - ScaledTail(-b / Constants.Sqrt2))
            : (0.5 * SpecialFunctions.Erfc(-a / Constants.Sqrt2)) - (0.5 * Math.Exp(-a * a / 2) * ScaledTail(-b / Constants.Sqrt2));
    }

    /// <summary>The smallest ε at which noise of σ guarantees (ε, δ).</summary>
    public static double Epsilon(double sigma, double delta, double sensitivity)
    {
        Domain.Chance(delta);
        if (Delta(0, sigma, sensitivity) <= delta)
        {
            return 0;
        }

        var high = 1.0;
        while (Delta(high, sigma, sensitivity) > delta)
        {
            high *= 2;
        }

        return Bisect(0, high, epsilon => Delta(epsilon, sigma, sensitivity) <= delta);
    }

    /// <summary>The smallest σ that guarantees (ε, δ).</summary>
    public static double Sigma(double epsilon, double delta, double sensitivity)
    {
        Domain.Chance(delta);
        Domain.AtLeastZero(sensitivity);
        if (sensitivity == 0)
        {
            return 0;
        }

        var (low, high) = (0.0, sensitivity);
        while (Delta(epsilon, high, sensitivity) > delta)
        {
            (low, high) = (high, high * 2);
        }

        return Bisect(low, high, sigma => Delta(epsilon, sigma, sensitivity) <= delta);
    }

    /// <summary>exp(x²)·erfc(x) for x ≥ 0: by Laplace's continued fraction where erfc runs out of digits.</summary>
    internal static double ScaledTail(double x)
    {
        if (x < 5)
        {
            return Math.Exp(x * x) * SpecialFunctions.Erfc(x);
        }

        var fraction = 0.0;
        for (var k = 60; k >= 1; k--)
        {
            fraction = k / 2.0 / (x + fraction);
        }

        return 1 / (Constants.SqrtPi * (x + fraction));
    }

    // ScaledTail(u − h) − ScaledTail(u + h) for small h, by Taylor: y' = 2uy − 2/√π, y⁽ⁿ⁺¹⁾ = 2uy⁽ⁿ⁾ + 2ny⁽ⁿ⁻¹⁾.
    private static double Difference(double u, double h)
    {
        Span<double> y = stackalloc double[6];
        y[0] = ScaledTail(u);
        y[1] = u < 50 ? (2 * u * y[0]) - (2 / Constants.SqrtPi) : -y[0] / u;
        for (var n = 1; n < 5; n++)
        {
            y[n + 1] = (2 * u * y[n]) + (2 * n * y[n - 1]);
        }

        return -2 * h * (y[1] + (h * h / 6 * (y[3] + (h * h / 20 * y[5]))));
    }

    // The least value that suffices, between one that does not and one that does.
    private static double Bisect(double low, double high, Func<double, bool> suffices)
    {
        for (var i = 0; i < 200 && high - low > 1e-15 * high; i++)
        {
            var middle = low + ((high - low) / 2);
            (low, high) = suffices(middle) ? (low, middle) : (middle, high);
        }

        return high * (1 + 1e-14);
    }
}
