using System.Globalization;

namespace Silos.Ingestion.Views.Paths;

/// <summary>Dates, dateTimes and times as FHIRPath compares them: part by part, from the year or the hour, as far as both were written.
/// What differs before that has an order; what does not, and was written to unlike precision, is unknown.</summary>
/// <remarks>FHIRPath N1, sections 6.1 and 6.2. Seconds and their fractions are one part. A dateTime without an offset counts as UTC.</remarks>
internal static class Moments
{
    private static readonly string[] Times = ["HH:mm", "HH:mm:ss", "HH:mm:ss.FFFFFFF"];

    /// <summary>Compares two texts.</summary>
    /// <returns>Whether both are dates or dateTimes, or both are times; then −1, 0 or 1, or null where the order is unknown.</returns>
    public static bool TryCompare(string left, string right, out int? order)
    {
        order = null;
        if (TryTime(left, out var a) && TryTime(right, out var b))
        {
            order = Order(a.Ticks, b.Ticks, a.Parts, b.Parts);
            return true;
        }

        if (!TryDate(left, out var first) || !TryDate(right, out var second))
        {
            return false;
        }

        order = first.Parts >= 4 && second.Parts >= 4
            ? Order(first.Date.Moment, second.Date.Moment, first.Parts, second.Parts)
            : Days(first.Date.Day, second.Date.Day, first.Parts, second.Parts);
        return true;
    }

    private static int? Days(DateOnly a, DateOnly b, int left, int right)
    {
        var parts = Math.Min(left, right);
        var order = a.Year != b.Year || parts == 1 ? a.Year.CompareTo(b.Year)
            : a.Month != b.Month || parts == 2 ? a.Month.CompareTo(b.Month)
            : a.Day.CompareTo(b.Day);
        return order == 0 && left != right ? null : order;
    }

    private static int? Order(long a, long b, int left, int right)
    {
        var unit = Math.Min(left, right) switch { 4 => TimeSpan.TicksPerHour, 5 => TimeSpan.TicksPerMinute, _ => 1 };
        var order = (a / unit).CompareTo(b / unit);
        return order == 0 && left != right ? null : order;
    }

    private static bool TryTime(string text, out (long Ticks, int Parts) time)
    {
        var form = Math.Min(text.Length, 9) switch { 5 => 0, 8 => 1, 9 => 2, _ => -1 };
        TimeOnly parsed = default;
        var valid = form >= 0 && text[2] == ':' && TimeOnly.TryParseExact(text, Times[form], CultureInfo.InvariantCulture, DateTimeStyles.None, out parsed);
        time = (parsed.Ticks, Math.Min(form, 1) + 5);
        return valid;
    }

    /// <summary>1 to 3 parts of a date; 4, 5 and 6 with hours, minutes and seconds.</summary>
    private static bool TryDate(string text, out (FhirDate Date, int Parts) date)
    {
        var zone = text.Length > 11 ? text.IndexOfAny(['Z', '+', '-'], 11) : -1;
        var clock = text.Length <= 11 ? 0 : (zone < 0 ? text.Length : zone) - 11;
        var whole = clock == 2 ? text.Insert(13, ":00") : text;
        var valid = FhirDate.TryParse(whole, out var parsed);
        date = (parsed, parsed.Digits switch { 4 => 1, 6 => 2, 8 => 3, _ => clock switch { 2 => 4, 5 => 5, _ => 6 } });
        return valid;
    }
}
