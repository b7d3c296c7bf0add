using System.Globalization;
using Research.Api.Protocol;

namespace Research.Api.Payments;

/// <summary>An amount in the smallest unit that Stripe counts in.</summary>
/// <param name="Minor">From 0.</param>
/// <param name="Currency">ISO 4217, upper case.</param>
internal readonly record struct Money(long Minor, string Currency)
{
    /// <summary>Currencies without a smaller unit at Stripe (docs.stripe.com/currencies, "zero-decimal"). IDR is not one of them there.</summary>
    private static readonly HashSet<string> WithoutMinor = ["BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"];

    public int Decimals => WithoutMinor.Contains(Currency) ? 0 : 2;

    public MoneyView Show() => new(Minor, Currency, ToString());

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{(Minor / (decimal)Math.Pow(10, Decimals)).ToString(Decimals == 0 ? "N0" : "N2", CultureInfo.InvariantCulture)} {Currency}");
}
