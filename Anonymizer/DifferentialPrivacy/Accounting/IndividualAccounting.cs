namespace Anonymizer.DifferentialPrivacy.Accounting;

/// <summary>Each patient's own loss, and her personal cap: she drops out of a question that would take her past it.</summary>
/// <remarks>
/// Feldman and Zrnic, NeurIPS 2021: with Gaussian noise of σ² an answer costs the patient (her own L2 contribution)²/2σ², and dropping everybody
/// who would pass a cap bounds all losses by the cap, though who dropped must never be shown to anybody else: not by count, time or text.
/// The public filter of the register is not affected. Here a pure computation; the host keeps each patient's ledger to herself.
/// </remarks>
/// <param name="Cap">ρ that she allows; at least 0.</param>
/// <param name="Spent">ρ that answers have cost her.</param>
public sealed record IndividualAccounting(Rational Cap, Rational Spent)
{
    /// <summary>Whether she takes part in a question, and her account after it.</summary>
    /// <param name="squareContribution">The square of her own L2 contribution after clamping, in grid units.</param>
    /// <param name="variance">σ² of the question's noise, in squared grid units; above 0.</param>
    public (bool TakesPart, IndividualAccounting After) Ask(Rational squareContribution, Rational variance) =>
        Charge(squareContribution / (2 * variance));

    /// <summary>The same for a question whose cost to her is known, in ρ: the question's whole charge is always enough.</summary>
    public (bool TakesPart, IndividualAccounting After) Charge(Rational rho) =>
        rho.Sign >= 0 && Spent + rho <= Cap ? (true, this with { Spent = Spent + rho }) : (false, this);

    /// <summary>The same in the units of the ledger: whether one more charge still fits her cap.</summary>
    public static bool TakesPart(PrivacyLoss cap, PrivacyLoss spent, PrivacyLoss charge) => spent.Then(charge).FitsWithin(cap);
}
