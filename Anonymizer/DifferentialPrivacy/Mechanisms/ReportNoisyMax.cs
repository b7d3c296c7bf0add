using System.Numerics;
using Anonymizer.DifferentialPrivacy.Sampling;

namespace Anonymizer.DifferentialPrivacy.Mechanisms;

/// <summary>Which of several counts is the largest, after adding noise to each; the noisy counts themselves are not released.</summary>
/// <remarks>Dwork and Roth, Section 3.3. Claim: ε-differentially private with discrete Laplace noise of scale 2Δ/ε, or Δ/ε where one patient moves
/// all scores one way; ε²/2-zCDP. Ties go by an order drawn beforehand, which the proof needs where noise is discrete.</remarks>
public sealed class ReportNoisyMax
{
    private readonly DiscreteLaplace noise;

    /// <param name="sensitivity">How far one patient moves any score, Δ; at least 1.</param>
    /// <param name="epsilon">Above 0.</param>
    /// <param name="monotone">Whether adding a patient never moves one score up and another down.</param>
    public ReportNoisyMax(BigInteger sensitivity, Rational epsilon, bool monotone) =>
        noise = new DiscreteLaplace((monotone ? 1 : 2) * (Rational)sensitivity / epsilon);

    /// <summary>Chooses.</summary>
    /// <param name="scores">At least one.</param>
    /// <param name="source">The source of this one draw.</param>
    /// <returns>The index of the candidate.</returns>
    public int Choose(ReadOnlySpan<long> scores, IRandomSource source)
    {
        (source as RecordingRandomSource)?.Note("report noisy max", noise.Scale.ToString(), $"{scores.Length} candidates", null);
        var (best, most, rank) = (-1, BigInteger.Zero, 0UL);
        for (var i = 0; i < scores.Length; i++)
        {
            var tie = Uniform.Bits(source);
            var noisy = scores[i] + (BigInteger)noise.Draw(source);
            if (best < 0 || noisy > most || (noisy == most && tie > rank))
            {
                (best, most, rank) = (i, noisy, tie);
            }
        }

        return best;
    }
}
