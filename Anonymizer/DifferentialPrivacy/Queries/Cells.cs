using System.Globalization;
using System.Numerics;

namespace Anonymizer.DifferentialPrivacy.Queries;

/// <summary>
/// The one policy for turning a cell's text into a value: total, so that no patient's data can raise an error.
/// </summary>
/// <remarks>
/// Numbers: empty, unreadable and NaN are null; what is beyond the declared bounds, infinities included, is the bound;
/// all else goes to the nearest tick of the declared step, halves to the even one.
/// Categories: empty is null, and so is a value that is not among the declared ones.
/// Codes: separated by <c>|</c>, trimmed, each once; none at all is null.
/// </remarks>
public static class Cells
{
    /// <summary>A number's tick, or <see cref="Tables.NumberColumn.Null"/>.</summary>
    public static long Number(ReadOnlySpan<char> text, NumberType type)
    {
        text = text.Trim();
        if (type.Step.IsInteger && type.Step.Numerator.IsOne && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole))
        {
            return Math.Clamp(whole, type.Lower, type.Upper);
        }

        if (text.Length is > 0 and < 64 && Rational.TryParse(text.ToString(), out var value) && !text.Contains('/'))
        {
            return Nearest(value, type);
        }

        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var rough) ? Number(rough, type) : Tables.NumberColumn.Null;
    }

    /// <summary>A number's tick, or <see cref="Tables.NumberColumn.Null"/> for NaN.</summary>
    public static long Number(double value, NumberType type) =>
        double.IsNaN(value) ? Tables.NumberColumn.Null
        : double.IsPositiveInfinity(value) ? type.Upper
        : double.IsNegativeInfinity(value) ? type.Lower
        : Nearest(Rational.FromDouble(value), type);

    /// <summary>A category's value, or null.</summary>
    public static string? Category(string? text, CategoryType type) =>
        string.IsNullOrEmpty(text) || (type.Values is { } values && !values.Contains(text, StringComparer.Ordinal)) ? null : text;

    /// <summary>The codes of a cell, in ordinal order.</summary>
    public static IReadOnlyList<string> Codes(string? text) =>
        [.. (text ?? "").Split('|', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    private static long Nearest(Rational value, NumberType type)
    {
        var doubled = (value / type.Step * 2).Floor();
        var exact = new Rational(doubled, 1) * type.Step == value * 2;
        var ticks = (doubled + 1) >> 1;
        if (exact && !doubled.IsEven && !ticks.IsEven)
        {
            ticks--;
        }

        return (long)BigInteger.Max(type.Lower, BigInteger.Min(ticks, type.Upper));
    }
}
