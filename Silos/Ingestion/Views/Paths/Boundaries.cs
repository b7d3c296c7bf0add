using System.Globalization;

namespace Silos.Ingestion.Views.Paths;

/// <summary>The least and greatest value that a written value may stand for (FHIRPath, lowBoundary and highBoundary): a decimal by its
/// written digits, a date to its days, a dateTime to the millisecond at the ends of the world's time zones, a time to the millisecond.</summary>
internal static class Boundaries
{
    /// <summary>The boundary, or null where the value is of no kind that has one.</summary>
    public static Item? Of(Scope scope, in Item item, bool high)
    {
        if (!scope.HasValue(item))
        {
            return null;
        }

        var text = scope.Text(item);
        if (scope.IsNumber(item))
        {
            return Number(text, high);
        }

        if (!scope.IsText(item))
        {
            return null;
        }

        if (item.Type == "time" || (text.Length >= 3 && text[2] == ':'))
        {
            return Time(text, high) is { } time ? Item.Computed(time, "time") : null;
        }

        if (!FhirDate.TryParse(text, out var date))
        {
            return null;
        }

        return date.Digits <= 8 && item.Type is not ("dateTime" or "instant")
            ? Item.Computed(Day(text, high), "date")
            : Item.Computed(Moment(text, high), "dateTime");
    }

    private static Item? Number(string text, bool high)
    {
        if (!decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value))
        {
            return null;
        }

        var mantissa = text.Split('e', 'E');
        var exponent = 0;
        if (mantissa.Length > 1 && !int.TryParse(mantissa[1], CultureInfo.InvariantCulture, out exponent))
        {
            return null;
        }

        var point = mantissa[0].IndexOf('.', StringComparison.Ordinal);
        var places = (point < 0 ? 0 : mantissa[0].Length - point - 1) - exponent;
        if (exponent is > 1000 or < -1000 || places is > 27 or < -27)
        {
            return null;
        }

        var half = 0.5m;
        for (var i = 0; i < Math.Abs(places); i++)
        {
            half = places > 0 ? half / 10 : half * 10;
        }

        return Item.Computed(PatientRow.Shortest(high ? value + half : value - half), "decimal");
    }

    private static string Day(string text, bool high) => text.Length switch
    {
        4 => high ? $"{text}-12-31" : $"{text}-01-01",
        7 when high => $"{text}-{DateTime.DaysInMonth(int.Parse(text.AsSpan(0, 4), CultureInfo.InvariantCulture), int.Parse(text.AsSpan(5, 2), CultureInfo.InvariantCulture)):D2}",
        7 => $"{text}-01",
        _ => text,
    };

    private static string Moment(string text, bool high)
    {
        if (text.Length <= 10)
        {
            return $"{Day(text, high)}T{(high ? "23:59:59.999-12:00" : "00:00:00.000+14:00")}";
        }

        var zone = text.IndexOfAny(['Z', '+', '-'], 11);
        var clock = zone < 0 ? text[11..] : text[11..zone];
        return $"{text[..10]}T{Time(clock, high)}{(zone < 0 ? high ? "-12:00" : "+14:00" : text[zone..])}";
    }

    private static string? Time(string text, bool high)
    {
        var end = high ? "99:59:59.999" : "00:00:00.000";
        return text.Length is 2 or 5 or 8 or >= 10 and <= 12 ? text + end[text.Length..] : text.Length > 12 ? text : null;
    }
}
