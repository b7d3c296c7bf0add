using System.Numerics;
using Anonymizer.DifferentialPrivacy.Sampling;
using MathNet.Numerics;

namespace Anonymizer.DifferentialPrivacy.Mechanisms;

/// <summary>Private selection of keys: a key is shown if its noisy number of patients is greater than a threshold.</summary>
/// <remarks>Claim: ρ for the noisy counts, and δ for a key that one patient alone holds: the chance that any of her keys passes is at most δ
/// (Google, "Delta for thresholding"; Swanberg et al., PETS 2023). The tail is that of strictly passing the threshold, mass at it not counted.
/// Limit: keys of few patients are lost on purpose.</remarks>
public sealed class GaussianThreshold
{
    private readonly GaussianNoise noise;

    /// <param name="noise">Of the number of patients in a group.</param>
    /// <param name="delta">Above 0 and below 1: for all keys of one patient together.</param>
    /// <param name="mostGroups">Keys that one patient can hold; at least 1.</param>
    public GaussianThreshold(GaussianNoise noise, Rational delta, int mostGroups)
    {
        this.noise = noise;

        // P(1 + noise > 1 + m) ≤ δ/groups, less a part in 10^6 for the tail's own rounding.
        Threshold = 1 + noise.HalfWidth(2 * (delta / mostGroups).ToDouble() * (1 - 1e-6));
    }

    /// <summary>The threshold for continuous Gaussian noise, 1 + σ Φ⁻¹(1 − δ'), δ' being each key's share: what the discrete one tends to for large σ.</summary>
    public static double Continuous(double sigma, double delta, int mostGroups) =>
        1 + (sigma * Constants.Sqrt2 * SpecialFunctions.ErfcInv(2 * TruncatedGeometricSelection.PerKey(delta, mostGroups)));

    /// <summary>A key is shown if its noisy count is greater than this.</summary>
    public BigInteger Threshold { get; }

    /// <summary>Whether a key held by so many patients is shown.</summary>
    /// <param name="units">At least 1: a key that nobody holds is not asked about.</param>
    /// <param name="source">The source of this one draw.</param>
    /// <param name="noisy">The noisy count, which is released with the key.</param>
    public bool Keeps(BigInteger units, IRandomSource source, out BigInteger noisy)
    {
        noisy = noise.Add(units, source);
        return noisy > Threshold;
    }
}
