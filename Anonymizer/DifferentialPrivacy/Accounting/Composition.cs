using MathNet.Numerics;

namespace Anonymizer.DifferentialPrivacy.Accounting;

/// <summary>What k answers of (ε, δ) each come to together, for questions whose losses were fixed in advance.</summary>
public static class Composition
{
    /// <summary>The smallest δ at which k ε-differentially private answers are (total, δ) together, whatever they are.</summary>
    /// <remarks>Kairouz, Oh and Viswanath, ICML 2015: randomized response is the worst case. Claim: exact.</remarks>
    /// <param name="epsilon">Of each answer; above 0.</param>
    /// <param name="k">From 1 to 1,000,000.</param>
    /// <param name="total">At least 0.</param>
    public static double OptimalDelta(double epsilon, int k, double total)
    {
        // j answers point the other way; the loss is (k − 2j)ε.
        var logTruth = -Precise.Log1P(Math.Exp(-epsilon));
        var logLie = logTruth - epsilon;
        var sum = 0.0;
        for (var j = 0; j <= k; j++)
        {
            var excess = total - ((k - (2.0 * j)) * epsilon);
            if (excess >= 0)
            {
                break;
            }

            sum += Math.Exp(SpecialFunctions.BinomialLn(k, j) + ((k - j) * logTruth) + (j * logLie)) * -Precise.ExpM1(excess);
        }

        return Math.Min(1, sum);
    }

    /// <summary>The smallest ε at which k (ε, δ)-private answers are (ε, total) together; null where their own δ already exceed it.</summary>
    /// <remarks>As <see cref="OptimalDelta"/>, with total δ = 1 − (1 − δ)^k (1 − δ'), over all real ε.</remarks>
    public static double? OptimalEpsilon(double epsilon, int k, double deltaEach, double deltaTotal)
    {
        var left = LeftFor(deltaTotal, k, deltaEach);
        if (left < 0)
        {
            return null;
        }

        var (low, high) = (0.0, k * epsilon);
        if (OptimalDelta(epsilon, k, 0) <= left)
        {
            return 0;
        }

        for (var i = 0; i < 200 && high - low > 1e-15 * high; i++)
        {
            var middle = (low + high) / 2;
            (low, high) = OptimalDelta(epsilon, k, middle) <= left ? (low, middle) : (middle, high);
        }

        return high;
    }

    /// <summary>The ε of k ε-private answers at a slack δ, from two moments of the loss: √(2k ln 1/δ)·ε + kε(e^ε − 1).</summary>
    /// <remarks>Dwork, Rothblum and Vadhan, FOCS 2010, Theorem III.3. Never better than <see cref="OptimalEpsilon"/>; for comparison with others' figures.</remarks>
    public static double AdvancedEpsilon(double epsilon, int k, double slack) =>
        (Math.Sqrt(-2 * k * Math.Log(slack)) * epsilon) + (k * epsilon * Precise.ExpM1(epsilon));

    /// <summary>δ of k answers that may each fail with δ, and then by a slack: 1 − (1 − δ)^k (1 − slack).</summary>
    public static double Delta(double deltaEach, int k, double slack) =>
        -Precise.ExpM1((k * Precise.Log1P(-deltaEach)) + Precise.Log1P(-slack));

    /// <summary>The guarantee for several patients at once, when one patient has (ε, δ): (gε, δ(e^{gε} − 1)/(e^ε − 1)).</summary>
    /// <remarks>Dwork and Roth, Theorem 2.2; Vadhan, "The Complexity of Differential Privacy", Lemma 2.2.</remarks>
    /// <param name="epsilon">Above 0.</param>
    /// <param name="delta">At least 0.</param>
    /// <param name="patients">At least 1.</param>
    public static (double Epsilon, double Delta) OfGroup(double epsilon, double delta, int patients) =>
        (patients * epsilon, delta * Precise.ExpM1(patients * epsilon) / Precise.ExpM1(epsilon));

    // δ' with 1 − (1 − δ)^k (1 − δ') = total.
    private static double LeftFor(double total, int k, double each) => -Precise.ExpM1(Precise.Log1P(-total) - (k * Precise.Log1P(-each)));
}
