using Anonymizer.DifferentialPrivacy.Sampling;

namespace Anonymizer.DifferentialPrivacy.Mechanisms;

/// <summary>One patient's own answer among k, told truly with probability e^ε / (e^ε + k − 1), else another at random.</summary>
/// <remarks>Warner, JASA 1965; Kairouz, Oh and Viswanath, JMLR 2016. Claim: ε-locally differentially private, for replacing one answer by another.
/// Drawn exactly: a uniform answer is kept if it is the true one, else with probability exp(−ε), else drawn again.</remarks>
public static class RandomizedResponse
{
    /// <summary>The probability of telling the truth, and that of each other answer.</summary>
    /// <param name="epsilon">At least 0.</param>
    /// <param name="answers">k, at least 2.</param>
    public static (double Truth, double EachOther) Probabilities(double epsilon, int answers)
    {
        var lie = Math.Exp(-epsilon);
        var total = 1 + ((answers - 1) * lie);
        return (1 / total, lie / total);
    }

    /// <summary>Answers.</summary>
    /// <param name="truth">From 0 to k − 1.</param>
    /// <param name="answers">k, from 2 to 1,000,000.</param>
    /// <param name="epsilon">Above 0; with at most 62 bits in numerator and denominator.</param>
    /// <param name="source">The source of this one draw.</param>
    public static int Answer(int truth, int answers, Rational epsilon, IRandomSource source)
    {
        (source as RecordingRandomSource)?.Note("randomized response", epsilon.ToString(), $"{answers} answers", null);
        while (true)
        {
            var told = (int)Uniform.Below(source, (ulong)answers);
            if (told == truth || BernoulliExp.Draw(source, (UInt128)epsilon.Numerator, (UInt128)epsilon.Denominator))
            {
                return told;
            }
        }
    }
}
