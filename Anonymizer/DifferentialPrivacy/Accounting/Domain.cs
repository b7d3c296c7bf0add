using System.Runtime.CompilerServices;

namespace Anonymizer.DifferentialPrivacy.Accounting;

/// <summary>Refuses parameters outside a formula's domain, NaN included, by one sentence; no formula is evaluated out of it.</summary>
internal static class Domain
{
    public static void AtLeastZero(double value, [CallerArgumentExpression(nameof(value))] string name = "") =>
        Check(value >= 0 && double.IsFinite(value), value, name, "a finite number of at least 0 is needed");

    public static void AboveZero(double value, [CallerArgumentExpression(nameof(value))] string name = "") =>
        Check(value > 0 && double.IsFinite(value), value, name, "a finite number above 0 is needed");

    /// <summary>A δ: above 0 and below 1.</summary>
    public static void Chance(double value, [CallerArgumentExpression(nameof(value))] string name = "") =>
        Check(value is > 0 and < 1, value, name, "a number above 0 and below 1 is needed");

    /// <summary>A δ that may be none: from 0, below 1.</summary>
    public static void ChanceOrNone(double value, [CallerArgumentExpression(nameof(value))] string name = "") =>
        Check(value is >= 0 and < 1, value, name, "a number from 0 and below 1 is needed");

    /// <summary>How many answers, from 1 to 1,000,000.</summary>
    public static void Count(int value, [CallerArgumentExpression(nameof(value))] string name = "") =>
        Check(value is >= 1 and <= 1_000_000, value, name, "a whole number from 1 to 1000000 is needed");

    private static void Check(bool holds, double value, string name, string needed)
    {
        if (!holds)
        {
            throw new ArgumentOutOfRangeException(name, value, needed);
        }
    }
}
