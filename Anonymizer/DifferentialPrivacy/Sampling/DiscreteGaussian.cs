using System.Numerics;

namespace Anonymizer.DifferentialPrivacy.Sampling;

/// <summary>Integer noise with P(x) ∝ exp(−x² / 2σ²), σ² a fraction, drawn exactly.</summary>
/// <remarks>Canonne, Kamath and Steinke, NeurIPS 2020, Algorithm 3. So that no big integers are needed, σ² is rounded up: to 24 significant
/// bits below 2^24, and to the square of an integer from there on. A little more noise than asked for, never less.</remarks>
public sealed class DiscreteGaussian
{
    /// <summary>σ up to this, 2^56, is drawn; given as σ².</summary>
    public static readonly Rational LargestVariance = BigInteger.One << 112;

    private static readonly Rational Large = 1L << 24;

    private readonly DiscreteLaplace proposal;
    private readonly UInt128 offset;
    private readonly UInt128 slope;
    private readonly UInt128 denominator;

    /// <param name="variance">σ²: greater than 0, at most <see cref="LargestVariance"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The value is not in that range.</exception>
    public DiscreteGaussian(Rational variance)
    {
        if (variance.Sign <= 0 || variance > LargestVariance)
        {
            throw new ArgumentOutOfRangeException(nameof(variance), variance.ToString(), "a variance is above 0 and at most 2^112");
        }

        // Accept a Laplace draw y of integer scale t with probability exp(−(|y| − σ²/t)² / 2σ²) = exp(−(|y|·b·t − a)² / (2·a·b·t²)), σ² = a/b.
        if (variance < Large)
        {
            Variance = RoundedUp.To(variance, 24);
            var (a, b) = ((UInt128)Variance.Numerator, (UInt128)Variance.Denominator);
            var t = (UInt128)WholeRoot.Of(Variance.Floor()) + 1;
            proposal = new DiscreteLaplace((BigInteger)t);
            (slope, offset, denominator) = (b * t, a, 2 * a * b * t * t);
        }
        else
        {
            var sigma = WholeRoot.Of(variance.Ceiling() - 1) + 1;
            Variance = sigma * sigma;
            proposal = new DiscreteLaplace(sigma);
            var drawn = (UInt128)proposal.Scale.Numerator;
            Variance = (BigInteger)(drawn * drawn);
            (slope, offset, denominator) = (1, drawn, 2 * drawn * drawn);
        }
    }

    /// <summary>The σ² that is drawn with: the one asked for, or the next above it that fits.</summary>
    public Rational Variance { get; }

    public long Draw(IRandomSource source)
    {
        while (true)
        {
            var draw = proposal.Draw(source);
            var scaled = (UInt128)Math.Abs(draw) * slope;
            var distance = scaled > offset ? scaled - offset : offset - scaled;

            // Past 2^63 the chance of acceptance is below exp(−2^20): it is taken as none.
            if (distance <= long.MaxValue && BernoulliExp.Draw(source, distance * distance, denominator))
            {
                return draw;
            }
        }
    }
}
