namespace Anonymizer.DifferentialPrivacy.Sampling;

/// <summary>A coin that shows heads with probability exp(−x), for a fraction x, exactly and without evaluating the exponential.</summary>
/// <remarks>Canonne, Kamath and Steinke, NeurIPS 2020, Algorithm 1.</remarks>
public static class BernoulliExp
{
    /// <param name="source">Random bytes.</param>
    /// <param name="numerator">Of x.</param>
    /// <param name="denominator">Of x; from 1 to 2^114.</param>
    public static bool Draw(IRandomSource source, UInt128 numerator, UInt128 denominator)
    {
        if (numerator <= ulong.MaxValue && denominator <= ulong.MaxValue >> 12)
        {
            return DrawSmall(source, (ulong)numerator, (ulong)denominator);
        }

        var (whole, rest) = UInt128.DivRem(numerator, denominator);
        for (var i = UInt128.Zero; i < whole; i++)
        {
            if (!AtMostOne(source, 1, 1))
            {
                return false;
            }
        }

        return rest == UInt128.Zero || AtMostOne(source, rest, denominator);
    }

    internal static bool DrawSmall(IRandomSource source, ulong numerator, ulong denominator)
    {
        while (numerator >= denominator)
        {
            if (!AtMostOne(source, 1UL, 1UL))
            {
                return false;
            }

            numerator -= denominator;
        }

        return numerator == 0 || AtMostOne(source, numerator, denominator);
    }

    // The number of successes of coins x/1, x/2, x/3, … before the first failure is even with probability exp(−x), for x up to 1.
    private static bool AtMostOne(IRandomSource source, ulong numerator, ulong denominator)
    {
        var limit = denominator;
        for (var k = 1; ; k++, limit += denominator)
        {
            // A coin that always shows heads needs no draw: the first, where x = 1.
            if (limit > numerator && Uniform.Below(source, limit) >= numerator)
            {
                return (k & 1) == 1;
            }
        }
    }

    private static bool AtMostOne(IRandomSource source, UInt128 numerator, UInt128 denominator)
    {
        var limit = denominator;
        for (var k = 1; ; k++, limit += denominator)
        {
            // A coin that always shows heads needs no draw: the first, where x = 1.
            if (limit > numerator && Uniform.Below(source, limit) >= numerator)
            {
                return (k & 1) == 1;
            }
        }
    }
}
