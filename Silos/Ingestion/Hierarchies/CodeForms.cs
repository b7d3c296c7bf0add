namespace Silos.Ingestion.Hierarchies;

/// <summary>How codes of a built-in hierarchy are written; what has another form is unmapped and is left out of the table.</summary>
internal static class CodeForms
{
    /// <summary>Gives a code in its normal form, or null where it is none; null itself where any text will do.</summary>
    public static Func<string, string?>? Of(string? hierarchy) => hierarchy switch
    {
        "icd-10" => Icd10.Normal,
        "ibge" => static code => code.Trim() is { Length: 6 or 7 } digits && !digits.AsSpan().ContainsAnyExceptInRange('0', '9') && digits[0] is >= '1' and <= '5' ? digits : null,
        "atc" => static code => Atc(code.Trim().ToUpperInvariant()),
        "us-zip" => static code => code.Trim() is { Length: >= 5 } zip && !zip.AsSpan(0, 5).ContainsAnyExceptInRange('0', '9') ? zip[..5] : null,
        _ => null,
    };

    /// <summary>A letter, two digits, one or two letters, two digits; or the first 1, 3, 4 or 5 characters of it.</summary>
    private static string? Atc(string code)
    {
        const string Form = "AddAAdd";
        var fits = code.Length is 1 or 3 or 4 or 5 or 7;
        for (var i = 0; fits && i < code.Length; i++)
        {
            fits = Form[i] == 'd' ? char.IsAsciiDigit(code[i]) : code[i] is >= 'A' and <= 'Z';
        }

        return fits ? code : null;
    }
}
