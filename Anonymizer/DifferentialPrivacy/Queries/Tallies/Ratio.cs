using System.Numerics;

namespace Anonymizer.DifferentialPrivacy.Queries.Tallies;

/// <summary>The interval of a ratio whose two parts are known within their own intervals.</summary>
internal static class Ratio
{
    /// <summary>The least and the greatest ratio of a sum within ±<paramref name="sumHalf"/> and a count within ±<paramref name="countHalf"/>,
    /// the count being at least 1; null where the count is surely below 1.</summary>
    public static (Rational Low, Rational High)? Interval(BigInteger sum, BigInteger sumHalf, BigInteger count, BigInteger countHalf)
    {
        var most = count + countHalf;
        if (most < 1)
        {
            return null;
        }

        var least = BigInteger.Max(1, count - countHalf);
        var (low, high) = (sum - sumHalf, sum + sumHalf);
        return (new Rational(low, low.Sign >= 0 ? most : least), new Rational(high, high.Sign >= 0 ? least : most));
    }
}
