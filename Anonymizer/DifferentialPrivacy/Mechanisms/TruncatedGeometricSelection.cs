using Anonymizer.DifferentialPrivacy.Accounting;
using Anonymizer.DifferentialPrivacy.Sampling;

namespace Anonymizer.DifferentialPrivacy.Mechanisms;

/// <summary>Private selection of keys that shows a key as often as (ε, δ) allows at all, without releasing its count.</summary>
/// <remarks>Desfontaines, Voss, Gipson and Mandayam, PETS 2022, Theorem 1: π(0) = 0 and
/// π(n + 1) = min(e^ε π(n) + δ, 1 − e^−ε (1 − π(n) − δ), 1). With keys up to k a patient, ε/k and 1 − (1 − δ)^(1/k) for each (Google).
/// Limit: π is a double and the coin is drawn at 2^−53, which adds as much to δ. <see cref="GaussianThreshold"/> is what questions use:
/// there the noisy count is needed as well.</remarks>
public sealed class TruncatedGeometricSelection
{
    private readonly double epsilon;
    private readonly double delta;

    /// <param name="epsilon">Above 0, for all keys of a patient.</param>
    /// <param name="delta">Above 0 and below 1, for all keys of a patient.</param>
    /// <param name="mostGroups">Keys that one patient can hold; from 1 to 1,000,000.</param>
    public TruncatedGeometricSelection(double epsilon, double delta, int mostGroups)
    {
        Domain.AboveZero(epsilon);
        Domain.Chance(delta);
        Domain.Count(mostGroups);
        this.epsilon = epsilon / mostGroups;
        this.delta = PerKey(delta, mostGroups);
    }

    /// <summary>δ of each of several keys that come to a δ together.</summary>
    public static double PerKey(double delta, int mostGroups) => -Precise.ExpM1(Precise.Log1P(-delta) / mostGroups);

    /// <summary>π: the probability that a key of so many patients is shown.</summary>
    /// <param name="patients">At least 0.</param>
    /// <param name="preThreshold">Keys of fewer patients are never shown; at least 1.</param>
    public double Probability(int patients, int preThreshold = 1)
    {
        var (shown, hidden) = (0.0, 1.0);
        for (var n = preThreshold; n <= patients && hidden > 0; n++)
        {
            (shown, hidden) = Next(shown, hidden);
        }

        return shown;
    }

    /// <summary>The least number of patients whose key is shown with at least this probability.</summary>
    /// <param name="probability">Above 0, at most 1.</param>
    public int FirstWith(double probability)
    {
        var (shown, hidden, patients) = (0.0, 1.0, 0);
        while (probability < 1 ? shown < probability : hidden > 0)
        {
            (shown, hidden) = Next(shown, hidden);
            patients++;
        }

        return patients;
    }

    /// <summary>Whether a key of so many patients is shown.</summary>
    public bool Keeps(int patients, IRandomSource source)
    {
        (source as RecordingRandomSource)?.Note("truncated geometric", $"{epsilon:R}", "select", patients);
        return Math.ScaleB(Uniform.Bits(source) >> 11, -53) < Probability(patients);
    }

    // π and 1 − π, both to all their digits: the one while it rises from 0, the other while it falls to 0.
    private (double Shown, double Hidden) Next(double shown, double hidden)
    {
        var rising = shown == 0 ? delta : (Math.Exp(epsilon) * shown) + delta;
        var falling = Math.Max(0, Math.Exp(-epsilon) * (hidden - delta));
        return rising < 1 - falling ? (rising, 1 - rising) : (1 - falling, falling);
    }
}
