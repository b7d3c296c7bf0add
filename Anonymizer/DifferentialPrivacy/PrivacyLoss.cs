using System.Numerics;
using Anonymizer.DifferentialPrivacy.Accounting;

namespace Anonymizer.DifferentialPrivacy;

/// <summary>δ-approximate ρ-zero-concentrated privacy loss of one patient: the unit in which budgets are kept and charges are made.</summary>
/// <param name="Rho">ρ in nano (1e-9), rounded up.</param>
/// <param name="Delta">δ in atto (1e-18), rounded up: the chance that the ρ guarantee fails altogether.</param>
/// <remarks>
/// Claim: losses of adaptively chosen questions add (Bun and Steinke, TCC 2016, Lemma 1.7; fully adaptive: Feldman and Zrnic, NeurIPS 2021).
/// Limit: adding saturates at the largest 64-bit number; a saturated loss fits within nothing.
/// </remarks>
public readonly record struct PrivacyLoss(ulong Rho, ulong Delta)
{
    private static readonly BigInteger Nano = 1_000_000_000;
    private static readonly BigInteger Atto = 1_000_000_000_000_000_000;

    /// <summary>No loss at all.</summary>
    public static PrivacyLoss Zero => default;

    /// <summary>The loss of (ρ, δ) given exactly, each rounded up to its grid and saturated.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Either is negative.</exception>
    public static PrivacyLoss Of(Rational rho, Rational delta) => new(RoundUp(rho, Nano), RoundUp(delta, Atto));

    /// <summary>The loss of an ε-differentially private answer: ρ = ε²/2 (Bun and Steinke 2016, Proposition 1.4).</summary>
    public static PrivacyLoss OfPure(Rational epsilon) => Of(ZeroConcentrated.RhoOfPure(epsilon), 0);

    /// <summary>The loss of this and then <paramref name="next"/>; never throws, never wraps.</summary>
    public PrivacyLoss Then(PrivacyLoss next) => new(Saturating(Rho, next.Rho), Saturating(Delta, next.Delta));

    /// <summary>Whether neither part exceeds the limit's; false for a saturated loss, whatever the limit.</summary>
    public bool FitsWithin(PrivacyLoss limit) =>
        Rho != ulong.MaxValue && Delta != ulong.MaxValue && Rho <= limit.Rho && Delta <= limit.Delta;

    /// <summary>The ε that people are shown for this loss, at a stated δ; infinite where the loss's own δ is not below that one.</summary>
    /// <param name="delta">Above 0 and below 1; by default 10^-6.</param>
    /// <remarks>Rounded by the tight conversion only, which errs upwards: δ in all = own δ + (1 − own δ)·conversion's δ.</remarks>
    public double EpsilonAt(double delta = 1e-6)
    {
        var own = Delta / 1e18;
        return Rho == ulong.MaxValue || own >= delta ? double.PositiveInfinity : ZeroConcentrated.Epsilon(Rho / 1e9, (delta - own) / (1 - own));
    }

    /// <summary>The same as odds: by what factor at most an answer can change anybody's odds of guessing right about one patient.</summary>
    public double OddsAt(double delta = 1e-6) => Math.Exp(EpsilonAt(delta));

    private static ulong Saturating(ulong a, ulong b) => a > ulong.MaxValue - b ? ulong.MaxValue : a + b;

    private static ulong RoundUp(Rational value, BigInteger grid)
    {
        if (value.Sign < 0)
        {
            throw new ArgumentOutOfRangeException(nameof(value), value.ToString(), "a privacy loss is at least 0");
        }

        var units = (value * grid).Ceiling();
        return units > ulong.MaxValue ? ulong.MaxValue : (ulong)units;
    }
}
