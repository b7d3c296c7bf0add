namespace Anonymizer.DifferentialPrivacy.Queries.Tallies;

/// <summary>Brings quotients to a thousandth of the attribute's step, so that they have finite decimals.</summary>
internal static class Rounding
{
    private const int Part = 1_000;

    public static Rational Nearest(Rational value, Rational step) => ((value / step * Part) + new Rational(1, 2)).Floor() * (step / Part);

    public static Rational Down(Rational value, Rational step) => (value / step * Part).Floor() * (step / Part);

    public static Rational Up(Rational value, Rational step) => (value / step * Part).Ceiling() * (step / Part);
}
