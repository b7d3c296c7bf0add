namespace Anonymizer.DifferentialPrivacy.Accounting;

/// <summary>What k answers of (ε, δ) each come to together, for questions whose losses were fixed in advance.</summary>
public static class Composition
{
    /// <summary>The smallest δ at which k ε-differentially private answers are (total, δ) together, whatever they are.</summary>
    /// <remarks>Kairouz, Oh and Viswanath, ICML 2015: randomized response is the worst case. Claim: exact.</remarks>
    /// <param name="epsilon">Of each answer; at least 0.</param>
    /// <param name="k">From 1 to 1,000,000.</param>
    /// <param name="total">At least 0.</param>
    public static double OptimalDelta(double epsilon, int k, double total)
    {
        Domain.AtLeastZero(epsilon);
        Domain.Count(k);
        Domain.AtLeastZero(total);
        return Above(epsilon, k, Turned(epsilon, k), total);
    }

    /// <summary>The smallest ε at which k (ε, δ)-private answers are (ε, total) together; null where their own δ already exceed it.</summary>
    /// <remarks>As <see cref="OptimalDelta"/>, with total δ = 1 − (1 − δ)^k (1 − δ'), over all real ε.</remarks>
    public static double? OptimalEpsilon(double epsilon, int k, double deltaEach, double deltaTotal)
    {
        Domain.AtLeastZero(epsilon);
        Domain.Count(k);
        Domain.ChanceOrNone(deltaEach);
        Domain.ChanceOrNone(deltaTotal);
        var left = LeftFor(deltaTotal, k, deltaEach);
        if (left < 0)
        {
            return null;
        }

        var turned = Turned(epsilon, k);
        if (Above(epsilon, k, turned, 0) <= left)
        {
            return 0;
        }

        var (low, high) = (0.0, k * epsilon);
        for (var i = 0; i < 200 && high - low > 1e-15 * high; i++)
        {
            var middle = (low + high) / 2;
            (low, high) = Above(epsilon, k, turned, middle) <= left ? (low, middle) : (middle, high);
        }

        return high;
    }

    /// <summary>The ε of k ε-private answers at a slack δ, from two moments of the loss: √(2k ln 1/δ)·ε + kε(e^ε − 1).</summary>
    /// <remarks>Dwork, Rothblum and Vadhan, FOCS 2010, Theorem III.3. Never better than <see cref="OptimalEpsilon"/>; for comparison with others' figures.</remarks>
    public static double AdvancedEpsilon(double epsilon, int k, double slack)
    {
        Domain.AtLeastZero(epsilon);
        Domain.Count(k);
        Domain.Chance(slack);
        return (Math.Sqrt(-2 * k * Math.Log(slack)) * epsilon) + (k * epsilon * Precise.ExpM1(epsilon));
    }

    /// <summary>δ of k answers that may each fail with δ, and then by a slack: 1 − (1 − δ)^k (1 − slack).</summary>
    public static double Delta(double deltaEach, int k, double slack) =>
        -Precise.ExpM1((k * Precise.Log1P(-deltaEach)) + Precise.Log1P(-slack));

    /// <summary>The guarantee for several patients at once, when one patient has (ε, δ): (gε, δ(e^{gε} − 1)/(e^ε − 1)).</summary>
    /// <remarks>Dwork and Roth, Theorem 2.2; Vadhan, "The Complexity of Differential Privacy", Lemma 2.2.</remarks>
    /// <param name="epsilon">At least 0.</param>
    /// <param name="delta">At least 0, below 1.</param>
    /// <param name="patients">From 1 to 1,000,000.</param>
    public static (double Epsilon, double Delta) OfGroup(double epsilon, double delta, int patients)
    {
        Domain.AtLeastZero(epsilon);
        Domain.ChanceOrNone(delta);
        Domain.Count(patients);

        // (e^{gε} − 1)/(e^ε − 1) = e^{(g−1)ε} (1 − e^{−gε})/(1 − e^{−ε}), which does not overflow before its value does.
        var times = epsilon == 0 ? patients : Math.Exp((patients - 1) * epsilon) * Precise.ExpM1(-patients * epsilon) / Precise.ExpM1(-epsilon);
        return (patients * epsilon, delta == 0 ? 0 : delta * times);
    }

    // The chance that j of k randomized responses point the other way, from the least j that matters on: by ratios from the most likely one
    // outwards, then divided by their sum, so that no factorial is needed and errors stay at a part in 10^13.
    private static (int First, double[] Chances) Turned(double epsilon, int k)
    {
        var lie = Math.Exp(-epsilon);
        var mode = (int)Math.Min(k, Math.Floor((k + 1) * (lie / (1 + lie))));
        List<double> down = [1];
        for (var j = mode; j > 0 && down[^1] > 1e-300; j--)
        {
            down.Add(down[^1] * j / ((k - j + 1.0) * lie));
        }

        List<double> up = [];
        for (var j = mode; j < k && (up.Count == 0 || up[^1] > 1e-40); j++)
        {
            up.Add((up.Count == 0 ? 1 : up[^1]) * (k - j) / (j + 1.0) * lie);
        }

        double[] chances = [.. Enumerable.Reverse(down), .. up];
        var sum = chances.Order().Sum();
        return (mode - down.Count + 1, Array.ConvertAll(chances, chance => chance / sum));
    }

    // E[(1 − e^{total − L})₊] where the loss is (k − 2j)ε.
    private static double Above(double epsilon, int k, (int First, double[] Chances) turned, double total)
    {
        var sum = 0.0;
        for (var i = 0; i < turned.Chances.Length; i++)
        {
            var excess = total - ((k - (2.0 * (turned.First + i))) * epsilon);
            if (excess >= 0)
            {
                break;
            }

            sum += turned.Chances[i] * -Precise.ExpM1(excess);
        }

        return Math.Min(1, sum);
    }

    // δ' with 1 − (1 − δ)^k (1 − δ') = total.
    private static double LeftFor(double total, int k, double each) => -Precise.ExpM1(Precise.Log1P(-total) - (k * Precise.Log1P(-each)));
}
