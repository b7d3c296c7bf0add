using System.Numerics;

namespace Anonymizer.DifferentialPrivacy;

/// <summary>Square roots of whole numbers, rounded down.</summary>
internal static class WholeRoot
{
    /// <summary>The largest integer whose square is at most the value, by Newton's method from above.</summary>
    /// <param name="value">At least 0.</param>
    public static BigInteger Of(BigInteger value)
    {
        if (value.IsZero)
        {
            return value;
        }

        var root = BigInteger.One << (int)((value.GetBitLength() + 1) / 2);
        while (true)
        {
            var next = (root + (value / root)) >> 1;
            if (next >= root)
            {
                return root;
            }

            root = next;
        }
    }
}
