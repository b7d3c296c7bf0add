namespace Anonymizer.DifferentialPrivacy.Accounting;

/// <summary>What adaptively chosen answers have come to so far, as an ε that may be stated at any time.</summary>
/// <remarks>
/// Lécuyer, "Practical Privacy Filters and Odometers with Rényi Differential Privacy", 2021: a limit fixed beforehand may be converted at any time, a sum that
/// happens to have been reached may not. So the ladder of limits ρ = 0.001, 0.002, 0.004, … is fixed beforehand, δ is shared evenly by its
/// rungs, and the lowest rung that holds what was spent is converted. Limit: up to twice the spent ρ; with a budget, <see cref="PrivacyFilter"/>
/// gives the better figure, ε of the limit.
/// </remarks>
/// <param name="Spent">The sum of all charges.</param>
public readonly record struct Odometer(PrivacyLoss Spent)
{
    private const int Rungs = 32;
    private const ulong FirstRung = 1_000_000;

    /// <summary>The reading after one more answer.</summary>
    public Odometer Then(PrivacyLoss charge) => new(Spent.Then(charge));

    /// <summary>The ε that holds now, at a δ for all times together; infinite past the highest rung, or where the answers' own δ exceed it.</summary>
    /// <param name="delta">Above 0 and below 1.</param>
    public double Epsilon(double delta = 1e-6)
    {
        var (rung, spent) = (FirstRung, Spent);
        for (var i = 0; i < Rungs; i++, rung *= 2)
        {
            if (spent.Rho <= rung)
            {
                var left = delta - (spent.Delta / 1e18);
                return left > 0 ? new PrivacyLoss(rung, 0).EpsilonAt(left / Rungs) : double.PositiveInfinity;
            }
        }

        return double.PositiveInfinity;
    }
}
