using Anonymizer.DifferentialPrivacy.Accounting;

namespace Anonymizer.DifferentialPrivacy.Mechanisms;

/// <summary>Private selection of keys by a threshold on counts with Laplace noise: its threshold and its δ.</summary>
/// <remarks>Google, "Delta for thresholding"; Wilson et al., PETS 2020. For comparison with others' figures: questions select by
/// <see cref="GaussianThreshold"/>. Keeping a count that equals the threshold counts its mass; leaving that out was a fault elsewhere.</remarks>
public static class LaplaceThreshold
{
    /// <summary>The threshold for continuous noise of scale k/ε, so that the keys of one patient pass with at most δ together.</summary>
    public static double Continuous(double epsilon, double delta, int mostGroups)
    {
        var each = TruncatedGeometricSelection.PerKey(delta, mostGroups);
        return 1 + (mostGroups / epsilon * (each <= 0.5 ? -Math.Log(2 * each) : Math.Log(2 * (1 - each))));
    }

    /// <summary>δ of that threshold: the chance that any key of one patient passes.</summary>
    public static double Delta(double epsilon, double threshold, int mostGroups)
    {
        var above = (threshold - 1) * epsilon / mostGroups;
        var each = above >= 0 ? 0.5 * Math.Exp(-above) : 1 - (0.5 * Math.Exp(above));
        return -Precise.ExpM1(mostGroups * Precise.Log1P(-each));
    }

    /// <summary>The chance that a count with discrete Laplace noise passes a whole threshold.</summary>
    /// <param name="scale">Of the noise.</param>
    /// <param name="threshold">To pass.</param>
    /// <param name="orEqual">Whether a noisy count equal to the threshold passes.</param>
    /// <param name="count">The true count.</param>
    public static double Passes(Rational scale, long threshold, bool orEqual, long count) =>
        threshold - count - (orEqual ? 1 : 0) is var m && m >= 0
            ? LaplaceDistribution.Tail(scale, m) / 2
            : 1 - (LaplaceDistribution.Tail(scale, -m - 1) / 2);
}
