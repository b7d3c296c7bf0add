using System.Numerics;

namespace Anonymizer.DifferentialPrivacy.Sampling;

/// <summary>Integer noise with P(x) ∝ exp(−|x| / t), t a fraction, drawn exactly.</summary>
/// <remarks>Canonne, Kamath and Steinke, NeurIPS 2020, Algorithm 2. A scale whose fraction needs more than 31 bits is rounded up
/// to 31 significant bits: a little more noise than asked for, never less.</remarks>
public sealed class DiscreteLaplace
{
    /// <summary>Scales up to this, 2^56, are drawn; the product with a tail of 80 scales stays within 64 bits.</summary>
    public static readonly Rational LargestScale = 1L << 56;

    private readonly ulong top;
    private readonly ulong bottom;

    /// <param name="scale">Greater than 0, at most <see cref="LargestScale"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The scale is not in that range.</exception>
    public DiscreteLaplace(Rational scale)
    {
        if (scale.Sign <= 0 || scale > LargestScale)
        {
            throw new ArgumentOutOfRangeException(nameof(scale), scale.ToString(), "a scale is above 0 and at most 2^56");
        }

        Scale = RoundedUp.To(scale, 31);
        top = (ulong)Scale.Numerator;
        bottom = (ulong)Scale.Denominator;
    }

    /// <summary>The scale that is drawn with: the one asked for, or the next above it that fits.</summary>
    public Rational Scale { get; }

    public long Draw(IRandomSource source)
    {
        while (true)
        {
            var fraction = Uniform.Below(source, top);
            if (!BernoulliExp.Draw(source, fraction, top))
            {
                continue;
            }

            var whole = 0UL;
            while (BernoulliExp.DrawSmall(source, 1, 1))
            {
                whole++;
            }

            var magnitude = Math.BigMul(top, whole, out var low) == 0 && low <= ulong.MaxValue - fraction
                ? (long)((low + fraction) / bottom)
                : (long)((fraction + ((UInt128)top * whole)) / bottom);
            var negative = (Uniform.Bits(source) & 1) == 1;
            if (negative && magnitude == 0)
            {
                continue;
            }

            return negative ? -magnitude : magnitude;
        }
    }
}
