using System.Globalization;
using System.Numerics;

namespace Anonymizer.DifferentialPrivacy;

/// <summary>An exact fraction, always reduced, with a positive denominator: what ε, δ, ρ and noise scales are held in.</summary>
public readonly record struct Rational : IComparable<Rational>
{
    /// <summary>Largest power of ten that <see cref="TryParse"/> takes in either direction; more is refused, not expanded.</summary>
    public const int MaxExponent = 400;

    private readonly BigInteger denominator;

    /// <exception cref="DivideByZeroException"><paramref name="denominator"/> is 0.</exception>
    public Rational(BigInteger numerator, BigInteger denominator)
    {
        if (denominator.IsZero)
        {
            throw new DivideByZeroException();
        }

        var divisor = BigInteger.GreatestCommonDivisor(numerator, denominator);
        divisor = denominator.Sign < 0 ? -divisor : divisor;
        Numerator = numerator / divisor;
        this.denominator = denominator / divisor;
    }

    public BigInteger Numerator { get; }

    /// <summary>At least 1.</summary>
    public BigInteger Denominator => denominator.IsZero ? BigInteger.One : denominator;

    public int Sign => Numerator.Sign;

    public bool IsInteger => Denominator.IsOne;

    public static implicit operator Rational(long value) => new(value, BigInteger.One);

    public static implicit operator Rational(BigInteger value) => new(value, BigInteger.One);

    public static Rational operator +(Rational a, Rational b) =>
        new((a.Numerator * b.Denominator) + (b.Numerator * a.Denominator), a.Denominator * b.Denominator);

    public static Rational operator -(Rational a, Rational b) =>
        new((a.Numerator * b.Denominator) - (b.Numerator * a.Denominator), a.Denominator * b.Denominator);

    public static Rational operator *(Rational a, Rational b) => new(a.Numerator * b.Numerator, a.Denominator * b.Denominator);

    public static Rational operator /(Rational a, Rational b) => new(a.Numerator * b.Denominator, a.Denominator * b.Numerator);

    public static bool operator <(Rational a, Rational b) => a.CompareTo(b) < 0;

    public static bool operator >(Rational a, Rational b) => a.CompareTo(b) > 0;

    public static bool operator <=(Rational a, Rational b) => a.CompareTo(b) <= 0;

    public static bool operator >=(Rational a, Rational b) => a.CompareTo(b) >= 0;

    /// <summary>A decimal (<c>0.5</c>, <c>1e-6</c>) or a fraction (<c>1/3</c>), exactly; false for anything else, NaN and infinities included.</summary>
    public static bool TryParse(string text, out Rational value)
    {
        value = default;
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash >= 0)
        {
            if (!TryParseDecimal(text[..slash], out var top) || !TryParseDecimal(text[(slash + 1)..], out var bottom) || bottom.Sign == 0)
            {
                return false;
            }

            value = top / bottom;
            return true;
        }

        return TryParseDecimal(text, out value);
    }

    /// <summary>The exact value of a finite double.</summary>
    /// <exception cref="ArgumentOutOfRangeException">NaN or an infinity.</exception>
    public static Rational FromDouble(double value)
    {
        if (!double.IsFinite(value))
        {
            throw new ArgumentOutOfRangeException(nameof(value), value, "a finite number is needed");
        }

        var bits = BitConverter.DoubleToInt64Bits(value);
        var exponent = (int)((bits >> 52) & 0x7FF);
        var mantissa = bits & 0xFFFFFFFFFFFFFL;
        mantissa = exponent == 0 ? mantissa : mantissa | (1L << 52);
        exponent = Math.Max(exponent, 1) - 1075;
        mantissa = bits < 0 ? -mantissa : mantissa;
        return exponent >= 0
            ? new Rational(new BigInteger(mantissa) << exponent, BigInteger.One)
            : new Rational(mantissa, BigInteger.One << -exponent);
    }

    public int CompareTo(Rational other) => (Numerator * other.Denominator).CompareTo(other.Numerator * Denominator);

    /// <summary>The largest integer not above the value.</summary>
    public BigInteger Floor()
    {
        var quotient = BigInteger.DivRem(Numerator, Denominator, out var remainder);
        return remainder.Sign < 0 ? quotient - 1 : quotient;
    }

    /// <summary>The smallest integer not below the value.</summary>
    public BigInteger Ceiling() => -new Rational(-Numerator, Denominator).Floor();

    /// <summary>The exact sum of finite doubles, whatever their order.</summary>
    /// <exception cref="ArgumentOutOfRangeException">One of them is NaN or an infinity.</exception>
    public static Rational Sum(IEnumerable<double> values)
    {
        // In units of 2^−1074, of which every double is a whole number.
        var sum = BigInteger.Zero;
        foreach (var value in values)
        {
            var exact = FromDouble(value);
            sum += exact.Numerator << (1074 - (int)(exact.Denominator.GetBitLength() - 1));
        }

        return new Rational(sum, BigInteger.One << 1074);
    }

    /// <summary>The nearest double, halves to the even one.</summary>
    public double ToDouble()
    {
        if (Numerator.IsZero)
        {
            return 0;
        }

        // 53 bits of the quotient, or fewer where the result is subnormal; then one exact rounding.
        var magnitude = BigInteger.Abs(Numerator);
        var shift = 54 - (int)(magnitude.GetBitLength() - Denominator.GetBitLength());
        shift = Math.Min(shift, 1074);
        var quotient = BigInteger.DivRem(shift >= 0 ? magnitude << shift : magnitude, shift >= 0 ? Denominator : Denominator << -shift, out var rest);
        var extra = Math.Max(0, (int)quotient.GetBitLength() - 53);
        var kept = quotient >> extra;
        var lost = quotient - (kept << extra);
        var half = extra == 0 ? BigInteger.Zero : BigInteger.One << (extra - 1);
        var beyond = extra == 0
            ? (rest * 2).CompareTo(shift >= 0 ? Denominator : Denominator << -shift)
            : lost.CompareTo(half) is var order and not 0 ? order : rest.Sign;
        if (beyond > 0 || (beyond == 0 && !kept.IsEven && (extra > 0 || !rest.IsZero)))
        {
            kept++;
        }

        var value = Math.ScaleB((double)kept, extra - shift);
        return Numerator.Sign < 0 ? -value : value;
    }

    /// <summary>The shortest plain decimal, without an exponent; a fraction <c>n/d</c> where no finite decimal exists.</summary>
    public override string ToString()
    {
        var digits = 0;
        var rest = Denominator;
        var scaled = Numerator;
        while (!rest.IsOne)
        {
            var step = BigInteger.GreatestCommonDivisor(rest, 10);
            if (step.IsOne)
            {
                return string.Create(CultureInfo.InvariantCulture, $"{Numerator}/{Denominator}");
            }

            rest /= step;
            scaled *= 10 / step;
            digits++;
        }

        if (digits == 0)
        {
            return scaled.ToString(CultureInfo.InvariantCulture);
        }

        var text = BigInteger.Abs(scaled).ToString(CultureInfo.InvariantCulture).PadLeft(digits + 1, '0');
        return (scaled.Sign < 0 ? "-" : "") + text[..^digits] + "." + text[^digits..];
    }

    private static bool TryParseDecimal(string text, out Rational value)
    {
        value = default;
        var mark = text.IndexOfAny(['e', 'E']);
        var exponent = 0;
        if (mark >= 0 && (!int.TryParse(text[(mark + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out exponent)
            || Math.Abs((long)exponent) > MaxExponent))
        {
            return false;
        }

        var digits = mark >= 0 ? text[..mark] : text;
        var point = digits.IndexOf('.', StringComparison.Ordinal);
        var fraction = point < 0 ? 0 : digits.Length - point - 1;
        if (digits.Length > 2 * MaxExponent
            || !BigInteger.TryParse(point < 0 ? digits : digits.Remove(point, 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var mantissa))
        {
            return false;
        }

        var power = exponent - fraction;
        value = power >= 0
            ? new Rational(mantissa * BigInteger.Pow(10, power), BigInteger.One)
            : new Rational(mantissa, BigInteger.Pow(10, -power));
        return true;
    }
}
