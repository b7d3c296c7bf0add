using MathNet.Numerics.Integration;
using Anonymizer.DifferentialPrivacy.Accounting;
using Anonymizer.DifferentialPrivacy.Sampling;

namespace Anonymizer.DifferentialPrivacy.Mechanisms;

/// <summary>Chooses one of several candidates: in random order, each is taken with probability exp(−coefficient · (best − score)), the first that is.</summary>
/// <remarks>McKenna and Sheldon, NeurIPS 2020. Claim: ε-differentially private with coefficient ε/2Δ, never worse than the exponential mechanism
/// in expected score, and ε²/2-zCDP: as any ε-private answer. The exponential mechanism's ε²/8 does not hold for it.</remarks>
public sealed class PermuteAndFlip
{
    private readonly Rational coefficient;

    /// <param name="coefficient">Of the score; above 0. Rounded down where it has more than 31 bits.</param>
    public PermuteAndFlip(Rational coefficient) => this.coefficient = 1 / RoundedUp.To(1 / coefficient, 31);

    /// <summary>ρ of an ε-private choice: ε²/2.</summary>
    public static Rational Rho(Rational epsilon) => epsilon * epsilon / 2;

    /// <summary>The probability of each candidate: p_i ∫₀¹ Π_{j≠i} (1 − p_j u) du with p = exp(−coefficient · (best − score)).</summary>
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

        var accepted = new double[scores.Length];
        for (var i = 0; i < accepted.Length; i++)
        {
            accepted[i] = Math.Exp(coefficient * (scores[i] - best));
        }

        // A polynomial of degree n − 1 in u, which Gauss and Legendre's rule of n/2 + 1 points integrates exactly.
        var rule = new GaussLegendreRule(0, 1, Math.Max(2, (accepted.Length / 2) + 1));
        var law = new double[accepted.Length];
        var before = new double[accepted.Length];
        for (var point = 0; point < rule.Order; point++)
        {
            var u = rule.GetAbscissa(point);
            var product = rule.GetWeight(point);
            for (var i = 0; i < law.Length; i++)
            {
                before[i] = product;
                product *= 1 - (accepted[i] * u);
            }

            var after = 1.0;
            for (var i = law.Length - 1; i >= 0; i--)
            {
                law[i] += accepted[i] * before[i] * after;
                after *= 1 - (accepted[i] * u);
            }
        }

        return law;
    }

    /// <summary>Chooses.</summary>
    /// <param name="scores">At least one.</param>
    /// <param name="source">The source of this one draw.</param>
    /// <returns>The index of the candidate.</returns>
    public int Choose(ReadOnlySpan<long> scores, IRandomSource source)
    {
        (source as RecordingRandomSource)?.Note("permute-and-flip", coefficient.ToString(), $"{scores.Length} candidates", null);
        var order = new int[scores.Length];
        var best = long.MinValue;
        for (var i = 0; i < order.Length; i++)
        {
            order[i] = i;
            best = Math.Max(best, scores[i]);
        }

        for (var i = 0; ; i++)
        {
            var other = i + (int)Uniform.Below(source, (ulong)(order.Length - i));
            (order[i], order[other]) = (order[other], order[i]);
            if (BernoulliExp.Draw(source, (UInt128)(best - scores[order[i]]) * (UInt128)coefficient.Numerator, (UInt128)coefficient.Denominator))
            {
                return order[i];
            }
        }
    }
}
