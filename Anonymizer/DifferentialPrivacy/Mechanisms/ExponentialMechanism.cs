using System.Numerics;
using Anonymizer.DifferentialPrivacy.Accounting;
using Anonymizer.DifferentialPrivacy.Sampling;

namespace Anonymizer.DifferentialPrivacy.Mechanisms;

/// <summary>Chooses one of several candidates, the better ones more often: P(i) ∝ exp(coefficient · score i).</summary>
/// <remarks>McSherry and Talwar, FOCS 2007. Claim: with coefficient ε/2Δ it is ε-differentially private, and being ε-bounded-range, ε²/8-zCDP
/// (Cesar and Rogers, ALT 2021; Dong, Durfee and Rogers, ICML 2020). Drawn exactly: a uniform candidate, with replacement, is accepted with
/// probability exp(−coefficient · (best − score)), which takes as many tries as there are candidates at worst.</remarks>
public sealed class ExponentialMechanism
{
    private readonly UInt128 top;
    private readonly UInt128 bottom;

    /// <param name="coefficient">Of the score; above 0. Rounded down where it has more than 31 bits.</param>
    public ExponentialMechanism(Rational coefficient)
    {
        // 1/coefficient rounded up is the coefficient rounded down.
        Coefficient = 1 / RoundedUp.To(1 / coefficient, 31);
        top = (UInt128)Coefficient.Numerator;
        bottom = (UInt128)Coefficient.Denominator;
    }

    /// <summary>The factor of the score in the exponent.</summary>
    public Rational Coefficient { get; }

    /// <summary>ρ of an ε-private choice by this mechanism: ε²/8.</summary>
    public static Rational Rho(Rational epsilon) => epsilon * epsilon / 8;

    /// <summary>For pure ε.</summary>
    /// <param name="sensitivity">How far one patient moves any score, Δ.</param>
    /// <param name="epsilon">Above 0.</param>
    public static ExponentialMechanism Pure(Rational sensitivity, Rational epsilon) => new(epsilon / (2 * sensitivity));

    /// <summary>For ρ-zCDP: ε = √(8ρ), rounded down. Not for permute-and-flip.</summary>
    /// <param name="sensitivity">How far one patient moves any score, Δ.</param>
    /// <param name="rho">Above 0.</param>
    public static ExponentialMechanism Concentrated(Rational sensitivity, Rational rho)
    {
        var digits = BigInteger.One << 64;
        var epsilon = new Rational(WholeRoot.Of((8 * rho * digits * digits).Floor()), digits);
        return Pure(sensitivity, epsilon);
    }

    /// <summary>The probability of each candidate.</summary>
    /// <param name="scores">At least one.</param>
    /// <param name="coefficient">Of the score; above 0.</param>
    public static double[] Probabilities(ReadOnlySpan<double> scores, double coefficient)
    {
        Domain.AboveZero(coefficient);
        Domain.AboveZero(scores.Length);
        var best = double.NegativeInfinity;
        foreach (var score in scores)
        {
            best = Math.Max(best, score);
        }

        var weights = new double[scores.Length];
        for (var i = 0; i < weights.Length; i++)
        {
            weights[i] = Math.Exp(coefficient * (scores[i] - best));
        }

        var total = weights.Sum();
        return Array.ConvertAll(weights, weight => weight / total);
    }

    /// <summary>Chooses.</summary>
    /// <param name="scores">At least one; in units of which <paramref name="unitsPerScore"/> make a score of 1.</param>
    /// <param name="unitsPerScore">At least 1.</param>
    /// <param name="source">The source of this one draw.</param>
    /// <returns>The index of the candidate.</returns>
    public int Choose(ReadOnlySpan<long> scores, long unitsPerScore, IRandomSource source)
    {
        (source as RecordingRandomSource)?.Note("exponential mechanism", Coefficient.ToString(), $"{scores.Length} candidates", null);
        var best = long.MinValue;
        foreach (var score in scores)
        {
            best = Math.Max(best, score);
        }

        while (true)
        {
            var candidate = (int)Uniform.Below(source, (ulong)scores.Length);
            if (BernoulliExp.Draw(source, (UInt128)(best - scores[candidate]) * top, bottom * (UInt128)unitsPerScore))
            {
                return candidate;
            }
        }
    }
}
