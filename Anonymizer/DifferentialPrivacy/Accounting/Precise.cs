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
}
