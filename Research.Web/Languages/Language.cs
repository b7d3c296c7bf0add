using System.Globalization;

namespace Research.Web.Languages;

/// <summary>
/// How a language writes numbers and dates. Kept here, and not taken from the system's own tables, so that a page looks the same
/// on every machine.
/// </summary>
/// <param name="Tag">BCP 47.</param>
/// <param name="Name">Its own name for itself.</param>
/// <param name="HasPlural">Whether one and many are told apart.</param>
internal sealed record Language(string Tag, string Name, string Decimal, string Group, string DateFormat, string Currency, bool HasPlural)
{
    public static IReadOnlyList<Language> All { get; } =
    [
        new("en", "English", ".", ",", "d MMM yyyy", "{1} {0}", true),
        new("pt-BR", "Português (Brasil)", ",", ".", "dd/MM/yyyy", "{1} {0}", true),
        new("fr", "Français", ",", "\u202f", "dd/MM/yyyy", "{0} {1}", true),
        new("id", "Bahasa Indonesia", ",", ".", "dd/MM/yyyy", "{1} {0}", false),
        new("vi", "Tiếng Việt", ",", ".", "dd/MM/yyyy", "{0} {1}", false),
        new("ko", "한국어", ".", ",", "yyyy-MM-dd", "{1} {0}", false),
    ];

    public static Language Default => All[0];

    /// <summary>The language of this tag, or of its first part; null when it is not spoken here.</summary>
    public static Language? Find(string? tag) => tag is null ? null
        : All.FirstOrDefault(language => language.Tag.Equals(tag, StringComparison.OrdinalIgnoreCase))
        ?? All.FirstOrDefault(language => language.Tag.Split('-')[0].Equals(tag.Split('-')[0], StringComparison.OrdinalIgnoreCase));

    private NumberFormatInfo Numbers { get; } = new() { NumberDecimalSeparator = Decimal, NumberGroupSeparator = Group };

    /// <summary>The number with at most this many decimals.</summary>
    public string Write(decimal number, int decimals = 3) => Math.Round(number, decimals).ToString("#,##0." + new string('#', decimals), Numbers);

    /// <summary>The day of an RFC 3339 time (or yyyy-MM-dd); the text itself when it is neither.</summary>
    public string Day(string? time) => Parse(time) is { } day ? day.ToString(DateFormat, CultureInfo.InvariantCulture) : time ?? "";

    /// <summary>Day and time of day, UTC.</summary>
    public string Moment(string? time) => Parse(time) is { } moment ? moment.ToString(DateFormat + " HH:mm", CultureInfo.InvariantCulture) + " UTC" : time ?? "";

    /// <summary>An amount in minor units. Currencies without minor units (ISO 4217: KRW, VND; IDR as Stripe treats it has two) are written whole.</summary>
    public string Money(long minorUnits, string currency)
    {
        var decimals = currency is "KRW" or "VND" ? 0 : 2;
        var amount = minorUnits / (decimal)Math.Pow(10, decimals);
        return string.Format(CultureInfo.InvariantCulture, Currency, amount.ToString("#,##0." + new string('0', decimals), Numbers), currency);
    }

    private static DateTime? Parse(string? time) =>
        DateTimeOffset.TryParse(time, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var parsed) ? parsed.UtcDateTime : null;
}
