using System.Numerics;

namespace Anonymizer.DifferentialPrivacy.Accounting;

/// <summary>From ρ-zCDP to (ε, δ) and back, by the tight conversion.</summary>
/// <remarks>
/// Canonne, Kamath and Steinke, NeurIPS 2020, Proposition 12 and Corollary 13: for every α &gt; 1,
/// δ ≤ exp((α−1)(αρ−ε)) · (1−1/α)^α / (α−1). Any α gives a valid bound, so an inexact search for the best one errs upwards only.
/// Doubles, for showing and for choosing a question's ρ; budgets are decided in integers by <see cref="PrivacyFilter"/>.
/// </remarks>
public static class ZeroConcentrated
{
    private const int Halvings = 200;
    private static readonly Remembered<(Rational Epsilon, Rational Delta), Rational> Fractions = new(loss => ToFraction(loss.Epsilon, loss.Delta));

    /// <summary>ρ of any ε-differentially private answer: ε²/2 (Bun and Steinke 2016, Proposition 1.4).</summary>
    public static Rational RhoOfPure(Rational epsilon) => epsilon * epsilon / 2;

    /// <summary>The smallest ε at which ρ-zCDP guarantees (ε, δ); 0 for ρ = 0.</summary>
    /// <param name="rho">At least 0.</param>
    /// <param name="delta">Above 0 and below 1.</param>
    public static double Epsilon(double rho, double delta)
    {
        Domain.AtLeastZero(rho);
        Domain.Chance(delta);
        if (rho == 0)
        {
            return 0;
        }

        // dε/dα has the sign of ρ(α−1)² + ln δ + ln α, which rises with α.
        var logDelta = Math.Log(delta);
        var excess = Root(x => (rho * x * x) + logDelta + Precise.Log1P(x));
        var alpha = 1 + excess;
        var epsilon = (alpha * rho) - Precise.Log1P(1 / excess) - ((logDelta + Precise.Log1P(excess)) / excess);
        return Math.Max(0, epsilon);
    }

    /// <summary>The smallest δ at which ρ-zCDP guarantees (ε, δ).</summary>
    /// <param name="rho">At least 0.</param>
    /// <param name="epsilon">At least 0.</param>
    public static double Delta(double rho, double epsilon)
    {
        Domain.AtLeastZero(rho);
        Domain.AtLeastZero(epsilon);
        return rho == 0 ? 0 : Math.Min(1, Math.Exp(LogDelta(rho, epsilon)));
    }

    /// <summary>The largest ρ whose tight conversion fits (ε, δ), a part in 10^11 below at most.</summary>
    /// <param name="epsilon">Above 0.</param>
    /// <param name="delta">Above 0 and below 1.</param>
    public static double Rho(double epsilon, double delta)
    {
        Domain.AboveZero(epsilon);
        Domain.Chance(delta);
        var target = Math.Log(delta);

        // δ near 1 lets ρ be far above ε.
        var (low, high) = (0.0, (2 * epsilon) + 10);
        while (LogDelta(high, epsilon) <= target)
        {
            (low, high) = (high, 2 * high);
        }

        for (var i = 0; i < Halvings && high - low > 1e-14 * high; i++)
        {
            var middle = (low + high) / 2;
            (low, high) = LogDelta(middle, epsilon) <= target ? (middle, high) : (low, middle);
        }

        return low * (1 - 1e-12);
    }

    /// <summary>The same as a fraction on the grid of 1e-18, rounded down: what noise is scaled to.</summary>
    /// <remarks>The search takes thousands of logarithms: it is done once for a loss.</remarks>
    public static Rational RhoAsFraction(Rational epsilon, Rational delta) => Fractions.Of((epsilon, delta));

    private static Rational ToFraction(Rational epsilon, Rational delta)
    {
        var grid = BigInteger.Pow(10, 18);
        var rho = Rational.FromDouble(Rho(epsilon.ToDouble() * (1 - 1e-15), delta.ToDouble() * (1 - 1e-15)));
        return new Rational((rho * grid).Floor(), grid);
    }

    private static double LogDelta(double rho, double epsilon)
    {
        // d(ln δ)/dα = (2α−1)ρ − ε + ln(1−1/α), which rises with α.
        var excess = Root(x => ((1 + (2 * x)) * rho) - epsilon - Precise.Log1P(1 / x));
        var alpha = 1 + excess;
        return (excess * ((alpha * rho) - epsilon)) - (alpha * Precise.Log1P(1 / excess)) - Math.Log(excess);
    }

    // The zero of a rising function of x = α − 1 > 0, searched over the exponent of x.
    private static double Root(Func<double, double> rising)
    {
        var (low, high) = (-80.0, 700.0);
        for (var i = 0; i < Halvings && high - low > 1e-12; i++)
        {
            var middle = (low + high) / 2;
            (low, high) = rising(Math.Exp(middle)) < 0 ? (middle, high) : (low, middle);
        }

        return Math.Exp((low + high) / 2);
    }
}
