using System.Text.RegularExpressions;

namespace Anonymizer.Deidentification;

/// <summary>
/// Finds identifiers by their form: what has a form of its own (numbers with check digits, addresses, dates), or stands behind a word
/// that names it ("MRN 00412"). Names, pictures and fingerprints have no form; columns of them are found by their heading alone.
/// A second line of defence: what is not declared is dropped anyway, and free text always.
/// </summary>
public static partial class FindIdentifiers
{
    /// <summary>The first identifier in the text, or null.</summary>
    public static IdentifierKind? In(string text)
    {
        foreach (var (pattern, kind, holds) in Forms)
        {
            foreach (Match match in pattern.Matches(text))
            {
                if (holds is null || holds(Digits(match.Value)))
                {
                    return kind;
                }
            }
        }

        return null;
    }

    /// <summary>What a column's heading says it holds, or null.</summary>
    public static IdentifierKind? OfHeading(string heading)
    {
        foreach (var (pattern, kind) in Headings)
        {
            if (pattern.IsMatch(heading))
            {
                return kind;
            }
        }

        return null;
    }

    private static readonly (Regex Pattern, IdentifierKind Kind, Func<string, bool>? Holds)[] Forms =
    [
        (Email(), IdentifierKind.Email, null),
        (Url(), IdentifierKind.Url, null),
        (Ip(), IdentifierKind.IpAddress, null),
        (Labelled(), IdentifierKind.OtherNumber, null),
        (Cpf(), IdentifierKind.OtherNumber, IsCpf),
        (Cns(), IdentifierKind.OtherNumber, IsCns),
        (Nir(), IdentifierKind.OtherNumber, IsNir),
        (Nik(), IdentifierKind.OtherNumber, IsNik),
        (Rrn(), IdentifierKind.OtherNumber, IsRrn),
        (Cccd(), IdentifierKind.OtherNumber, IsCccd),
        (Bhyt(), IdentifierKind.HealthPlanNumber, null),
        (Vin(), IdentifierKind.Vehicle, digits => digits.Length >= 4),
        (Ssn(), IdentifierKind.SocialSecurityNumber, null),
        (FullDate(), IdentifierKind.Date, null),
        (Telephone(), IdentifierKind.Telephone, digits => digits.Length is >= 8 and <= 15),
    ];

    private static readonly (Regex Pattern, IdentifierKind Kind)[] Headings =
    [
        (new(@"(^|[_\W])(e-?mail|correio)", Ignore), IdentifierKind.Email),
        (new(@"(^|[_\W])fax", Ignore), IdentifierKind.Fax),
        (new(@"phone|telefone?|celular|mobile|điện thoại|전화", Ignore), IdentifierKind.Telephone),
        (new(@"(^|[_\W])ssn|social.?security", Ignore), IdentifierKind.SocialSecurityNumber),
        (new(@"(^|[_\W])(mrn|prontu[aá]rio)|medical.?record|chart.?(no|number)", Ignore), IdentifierKind.MedicalRecordNumber),
        (new(@"health.?plan|insurance.?(no|number|id)|beneficiar|bhyt|cns$|cart[aã]o.?sus|bpjs", Ignore), IdentifierKind.HealthPlanNumber),
        (new(@"account|iban|conta.?banc", Ignore), IdentifierKind.AccountNumber),
        (new(@"licen[cs]e|certificate|passport|drivers?$", Ignore), IdentifierKind.LicenceNumber),
        (new(@"vehicle|(^|[_\W])(vin|plate|placa)($|[_\W])", Ignore), IdentifierKind.Vehicle),
        (new(@"device.?(id|serial|no)|serial.?(no|number)|udi$|pacemaker", Ignore), IdentifierKind.Device),
        (new(@"(^|[_\W])(url|website|homepage)", Ignore), IdentifierKind.Url),
        (new(@"(^|[_\W])ip(_?addr|$)|mac.?addr", Ignore), IdentifierKind.IpAddress),
        (new(@"fingerprint|biometr|voice.?print|retina|iris.?scan", Ignore), IdentifierKind.Biometric),
        (new(@"photo|picture|face|foto", Ignore), IdentifierKind.FacePhoto),
        (new(@"(^|[_\W])(cpf|nir|nik|ktp|cccd|cmnd|rrn|주민등록번호|national.?id|rg)($|[_\W])|(^|[_\W])(uuid|guid)", Ignore), IdentifierKind.OtherNumber),
        (new(@"address|street|endere[cç]o|rua$|(^|[_\W])(zip|cep|postal|postcode)", Ignore), IdentifierKind.Area),
        (new(@"birth.?da(te|y)|(^|[_\W])(dob|date|data)($|[_\W])|_at$|_on$", Ignore), IdentifierKind.Date),
        (new(@"(^|[_\W])(name|nome|first|last|surname|family|given|mother|maiden|initials|nama|họ tên|이름|성명)($|[_\W])|(first|last|sur|user|middle|full)_?name", Ignore), IdentifierKind.Name),
    ];

    private const RegexOptions Ignore = RegexOptions.IgnoreCase | RegexOptions.CultureInvariant;

    [GeneratedRegex(@"[\w.+-]+@[\w-]+(\.[\w-]+)+")]
    private static partial Regex Email();

    [GeneratedRegex(@"\b(https?|ftp)://\S+|\bwww\.\S+\.\S+", Ignore)]
    private static partial Regex Url();

    [GeneratedRegex(@"\b(25[0-5]|2[0-4]\d|1?\d?\d)(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}\b|\b([0-9a-f]{1,4}:){7}[0-9a-f]{1,4}\b", Ignore)]
    private static partial Regex Ip();

    [GeneratedRegex(@"\b(mrn|medical record|prontu[aá]rio|account|acct|conta|licen[cs]e|certificate|passport|plate|placa|serial|device|udi|insurance|health plan|policy|beneficiary|fax|cpf|cns|nir|nik|cccd|bhyt|rrn)\b\W{0,3}(no|number|nr|id)?\W{0,3}[A-Z0-9][A-Z0-9./-]{3,}", Ignore)]
    private static partial Regex Labelled();

    [GeneratedRegex(@"\b\d{3}\.?\d{3}\.?\d{3}-?\d{2}\b")]
    private static partial Regex Cpf();

    [GeneratedRegex(@"\b[1-2789]\d{2} ?\d{4} ?\d{4} ?\d{4}\b")]
    private static partial Regex Cns();

    [GeneratedRegex(@"\b[12] ?\d{2} ?\d{2} ?(\d{2}|2[AB]) ?\d{3} ?\d{3} ?\d{2}\b")]
    private static partial Regex Nir();

    [GeneratedRegex(@"\b\d{16}\b")]
    private static partial Regex Nik();

    [GeneratedRegex(@"\b\d{6}-?[1-8]\d{6}\b")]
    private static partial Regex Rrn();

    [GeneratedRegex(@"\b0\d{11}\b")]
    private static partial Regex Cccd();

    [GeneratedRegex(@"\b[A-Z]{2}[1-5]\d{2}\d{10}\b")]
    private static partial Regex Bhyt();

    [GeneratedRegex(@"\b(?=[A-HJ-NPR-Z0-9]*[A-Z])[A-HJ-NPR-Z0-9]{17}\b")]
    private static partial Regex Vin();

    [GeneratedRegex(@"\b(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}\b")]
    private static partial Regex Ssn();

    [GeneratedRegex(@"\b(19|20)\d{2}-\d{2}-\d{2}\b|\b\d{1,2}[/.]\d{1,2}[/.](19|20)?\d{2}\b|\b\d{1,2} (jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]* (19|20)\d{2}\b", Ignore)]
    private static partial Regex FullDate();

    [GeneratedRegex(@"(?<!\w)(\+\d{1,3}[ .-]?)?(\(\d{2,4}\)[ .-]?|\d{2,4}[ .-])\d{3,5}[ .-]?\d{3,4}(?!\w)|(?<!\w)\+\d{8,15}(?!\w)")]
    private static partial Regex Telephone();

    private static string Digits(string text) => new([.. text.Where(char.IsAsciiDigit)]);

    private static bool IsCpf(string digits)
    {
        int Check(int length) => digits.Take(length).Select((digit, i) => (digit - '0') * (length + 1 - i)).Sum() * 10 % 11 % 10;
        return digits.Length == 11 && digits.Distinct().Count() > 1 && Check(9) == digits[9] - '0' && Check(10) == digits[10] - '0';
    }

    private static bool IsCns(string digits) => digits.Length == 15 && digits.Select((digit, i) => (digit - '0') * (15 - i)).Sum() % 11 == 0;

    private static bool IsNir(string digits) =>
        digits.Length == 15 && 97 - (long.Parse(digits[..13], System.Globalization.CultureInfo.InvariantCulture) % 97) == int.Parse(digits[13..], System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Province, then day (women's plus 40), month and year of birth.</summary>
    private static bool IsNik(string digits) =>
        Number(digits[..2]) is >= 11 and <= 94 && Number(digits[6..8]) is (>= 1 and <= 31) or (>= 41 and <= 71) && Number(digits[8..10]) is >= 1 and <= 12;

    private static bool IsRrn(string digits) => Number(digits[2..4]) is >= 1 and <= 12 && Number(digits[4..6]) is >= 1 and <= 31;

    private static bool IsCccd(string digits) => Number(digits[..3]) is >= 1 and <= 96;

    private static int Number(string digits) => int.Parse(digits, System.Globalization.CultureInfo.InvariantCulture);
}
