using System.Numerics;

namespace Anonymizer.DifferentialPrivacy.Sampling;

/// <summary>Noise parameters brought to few bits, so that drawing needs no big integers: always upwards, which is towards more noise.</summary>
internal static class RoundedUp
{
    /// <summary>The value itself where numerator and denominator have at most <paramref name="bits"/> bits, else the next value above with so many significant bits.</summary>
    public static Rational To(Rational value, int bits)
    {
        if (value.Numerator.GetBitLength() <= bits && value.Denominator.GetBitLength() <= bits)
        {
            return value;
        }

        var whole = (int)(value.Numerator.GetBitLength() - value.Denominator.GetBitLength());
        var shift = Math.Min(bits - 1 - Math.Max(whole, 0), bits - 1);
        if (shift >= 0)
        {
            return new Rational((value * (BigInteger.One << shift)).Ceiling(), BigInteger.One << shift);
        }

        return (value / (BigInteger.One << -shift)).Ceiling() << -shift;
    }
}
