namespace Silos.Ingestion;

/// <summary>ICD-10 codes by their form: a letter, two digits, and after a dot one or two more characters.</summary>
internal static class Icd10
{
    /// <summary>The code with its dot (E119 and e11.9 are E11.9; a trailing dagger, asterisk or placeholder X falls away), or null where it is none.</summary>
    public static string? Normal(string code)
    {
        var text = code.Trim().TrimEnd('*', '+', '†').ToUpperInvariant().Replace(".", "", StringComparison.Ordinal);
        if (text.Length == 4 && text[3] == 'X')
        {
            text = text[..3];
        }

        if (text.Length is < 3 or > 5 || text[0] is < 'A' or > 'Z' || !char.IsAsciiDigit(text[1]) || !char.IsAsciiDigit(text[2])
            || !text.AsSpan(3).ContainsOnlyDigits())
        {
            return null;
        }

        return text.Length == 3 ? text : $"{text[..3]}.{text[3..]}";
    }

    private static bool ContainsOnlyDigits(this ReadOnlySpan<char> text) => !text.ContainsAnyExceptInRange('0', '9');
}
