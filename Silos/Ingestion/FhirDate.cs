using System.Globalization;

namespace Silos.Ingestion;

/// <summary>A FHIR date, dateTime or instant as a day and a moment; HL7 v2 and CSV readers write the same form.</summary>
/// <param name="Moment">The first moment that the text allows, in UTC ticks; without an offset, as if UTC.</param>
/// <param name="Digits">How much was written: 4 (year), 6 (month), 8 (day) or more (time).</param>
internal readonly record struct FhirDate(DateOnly Day, long Moment, int Digits)
{
    private static readonly string[] Forms = ["yyyy-MM-dd", "yyyy-MM", "yyyy"];

    /// <summary>Reads <c>yyyy[-MM[-dd[Thh:mm[:ss[.f…]]][Z|±hh:mm]]]]</c>, years 1 to 9999.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out FhirDate date)
    {
        date = default;
        if (text.Length <= 10)
        {
            foreach (var form in Forms)
            {
                if (text.Length == form.Length && DateOnly.TryParseExact(text, form, CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
                {
                    date = new FhirDate(day, day.ToDateTime(TimeOnly.MinValue).Ticks, form.Length == 10 ? 8 : form.Length == 7 ? 6 : 4);
                    return true;
                }
            }

            return false;
        }

        if (text[10] is not ('T' or ' ') || !DateOnly.TryParseExact(text[..10], Forms[0], CultureInfo.InvariantCulture, DateTimeStyles.None, out var first)
            || !DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var moment))
        {
            return false;
        }

        date = new FhirDate(first, moment.UtcTicks, 14);
        return true;
    }

    /// <summary>Completed years at a day; a date known to its year counts from 1 July, one known to its month from the 15th.</summary>
    public int YearsAt(DateOnly day)
    {
        var born = Digits switch { 4 => new DateOnly(Day.Year, 7, 1), 6 => new DateOnly(Day.Year, Day.Month, 15), _ => Day };
        return day.Year - born.Year - (day.Month < born.Month || (day.Month == born.Month && day.Day < born.Day) ? 1 : 0);
    }
}
