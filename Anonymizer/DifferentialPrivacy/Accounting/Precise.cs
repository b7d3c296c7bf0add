using System.Numerics;

namespace Anonymizer.DifferentialPrivacy.Accounting;

/// <summary>Logarithm and exponential near where the plain ones cancel.</summary>
internal static class Precise
{
    /// <summary>ln(1 + x) without cancellation for small x (Kahan).</summary>
    public static double Log1P(double x)
    {
        var sum = 1 + x;
        return sum == 1 ? x : double.IsInfinity(sum) ? sum : Math.Log(sum) * (x / (sum - 1));
    }

    /// <summary>exp(x) − 1 without cancellation for small x (Kahan).</summary>
    public static double ExpM1(double x)
    {
        var power = Math.Exp(x);
        if (power == 1)
        {
            return x;
        }

        var less = power - 1;
        return less == -1 || double.IsInfinity(power) ? less : less * (x / Math.Log(power));
    }

    /// <summary>exp(x) − 1 − x without cancellation for small x: never negative.</summary>
    public static double Beyond(double x)
    {
        if (Math.Abs(x) > 0.5)
        {
            return Math.Exp(x) - 1 - x;
        }

        // x²/2 · (1 + x/3 · (1 + x/4 · (1 + …)))
        var tail = 1.0;
        for (var k = 17; k >= 3; k--)
        {
            tail = 1 + (tail * x / k);
        }

        return x * x / 2 * tail;
    }

    /// <summary>exp(x) − 1 for a complex x.</summary>
    public static Complex ExpM1(Complex x)
    {
        var half = Math.Sin(x.Imaginary / 2);
        return new Complex((ExpM1(x.Real) * Math.Cos(x.Imaginary)) - (2 * half * half), Math.Exp(x.Real) * Math.Sin(x.Imaginary));
    }
}
