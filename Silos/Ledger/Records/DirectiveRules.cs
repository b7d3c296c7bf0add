using System.Globalization;
using System.Text.RegularExpressions;

namespace Silos.Ledger.Records;

/// <summary>What a directive may say. A code that is not known is refused, never ignored. Pure, and total on strangers' bytes.</summary>
public static partial class DirectiveRules
{
    /// <summary>Items that a list may have.</summary>
    public const int Longest = 64;

    /// <summary>The kinds of user.</summary>
    public static IReadOnlyList<string> Users { get; } = ["non-profit", "for-profit"];

    /// <summary>The kinds of output.</summary>
    public static IReadOnlyList<string> Outputs { get; } = [SignedQuery.Statistics, SignedQuery.File];

    /// <returns>Null when a directive may be so; else field, value and what is allowed.</returns>
    public static string? Fault(Directive directive) => directive switch
    {
        _ when !Nonce.IsValid(directive.Nonce) => $"nonce: '{Shown(directive.Nonce)}'; allowed is the base64url of 16 bytes",
        _ when directive.Sequence < 1 => $"sequence: {directive.Sequence}; allowed is 1 and above",
        _ when directive.Decision is not (Directive.Permit or Directive.Deny) => $"decision: '{Shown(directive.Decision)}'; allowed are 'permit' and 'deny'",
        _ => TextFault(directive.Text) ?? TimeFault(directive) ?? (directive.Decision == Directive.Permit ? PermitFault(directive) : null),
    };

    private static string? PermitFault(Directive directive) =>
        ListFault("purposes", directive.Purposes, 1, Duo.IsDirectiveCode, "the DUO codes " + string.Join(", ", Duo.DirectiveCodes))
        ?? (directive.Purposes.Any(Duo.IsPermission) ? null : $"purposes: '{string.Join(", ", directive.Purposes)}' hold modifiers alone; allowed is at least one of {string.Join(", ", Duo.Permissions)}")
        ?? ListFault("users", directive.Users, 1, Users.Contains, string.Join(", ", Users))
        ?? ListFault("categories", directive.Categories, 1, one => one == DataCategory.Every || DataCategory.All.Contains(one), "*, " + string.Join(", ", DataCategory.All))
        ?? ListFault("outputs", directive.Outputs, 1, Outputs.Contains, string.Join(", ", Outputs))
        ?? ListFault("countries", directive.Countries, 1, Country().IsMatch, "two capital letters (ISO 3166-1 alpha-2), such as BR")
        ?? ListFault("project", directive.Project, 1, one => one.Length is > 0 and <= 100, "1 to 100 characters")
        ?? ListFault("diseases", directive.Diseases, 1, Icd10().IsMatch, "an ICD-10 category or code, such as E11 or E11.9, or a block such as E10-E14")
        ?? NarrowedFault(directive)
        ?? WindowFault(directive.Collected)
        ?? CapFault(directive.Cap);

    private static string? CapFault(PersonalCap? cap)
    {
        const string Form = "a whole number of nano-rho or atto-delta as text, from 0 to 18446744073709551615, without leading zeros";
        return cap is null ? null
            : PersonalCap.Read(cap.Rho) is null ? $"cap.rho: '{Shown(cap.Rho)}'; allowed is {Form}"
            : PersonalCap.Read(cap.Delta) is null ? $"cap.delta: '{Shown(cap.Delta)}'; allowed is {Form}"
            : null;
    }

    /// <summary>A modifier that another member makes exact needs that member.</summary>
    private static string? NarrowedFault(Directive directive) => directive switch
    {
        _ when directive.Purposes.Contains(Duo.DiseaseSpecific) && directive.Diseases is null => "diseases: none; DUO:0000007 (disease specific) allows at least one ICD-10 code",
        _ when directive.Purposes.Contains(Duo.Geographical) && directive.Countries is null => "countries: none; DUO:0000022 (geographical restriction) allows at least one",
        _ when directive.Purposes.Contains(Duo.ProjectSpecific) && directive.Project is null => "project: none; DUO:0000027 (project specific) allows at least one",
        _ when directive.Purposes.Contains(Duo.TimeLimit) && directive.NotAfter is null => "notAfter: none; DUO:0000025 (time limit) allows an RFC 3339 time",
        _ => null,
    };

    private static string? TimeFault(Directive directive)
    {
        const string Form = "an RFC 3339 time with milliseconds in UTC, such as 2026-01-31T08:00:00.000Z";
        if (RecordTime.Read(directive.NotBefore) is not { } start)
        {
            return $"notBefore: '{Shown(directive.NotBefore)}'; allowed is {Form}";
        }

        return directive.NotAfter is null ? null
            : RecordTime.Read(directive.NotAfter) is not { } end ? $"notAfter: '{Shown(directive.NotAfter)}'; allowed is {Form}"
            : end <= start ? $"notAfter: '{directive.NotAfter}'; allowed is a time after notBefore, '{directive.NotBefore}'"
            : null;
    }

    /// <returns>Null when a text may be named so; else field, value and what is allowed.</returns>
    public static string? TextFault(ConsentText text) =>
        !Language().IsMatch(text.Language) ? $"text.language: '{Shown(text.Language)}'; allowed is a BCP 47 tag, such as pt-BR"
        : !TextVersion().IsMatch(text.Version) ? $"text.version: '{Shown(text.Version)}'; allowed is a number, or two with a point between them"
        : null;

    private static string? WindowFault(CollectionWindow? window)
    {
        if (window is null)
        {
            return null;
        }

        var (from, to) = (Day(window.From), Day(window.To));
        return window.From is not null && from is null ? $"collected.from: '{Shown(window.From)}'; allowed is a date, such as 2026-01-31"
            : window.To is not null && to is null ? $"collected.to: '{Shown(window.To)}'; allowed is a date, such as 2026-01-31"
            : from > to ? $"collected.to: '{window.To}'; allowed is a date not before collected.from, '{window.From}'"
            : null;
    }

    private static string? ListFault(string field, IReadOnlyList<string>? items, int fewest, Func<string, bool> isAllowed, string allowed)
    {
        if (items is null)
        {
            return null;
        }

        if (items.Count < fewest || items.Count > Longest)
        {
            return $"{field}: {items.Count} items; allowed are {fewest} to {Longest} of {allowed}";
        }

        foreach (var item in items)
        {
            // A list read from JSON may hold null whatever its type says.
            if (item is null || !isAllowed(item))
            {
                return $"{field}: '{Shown(item)}'; allowed: {allowed}";
            }
        }

        return items.Distinct(StringComparer.Ordinal).Count() == items.Count ? null : $"{field}: '{string.Join(", ", items)}'; allowed is each once";
    }

    /// <summary>The day that a record names, or null.</summary>
    public static DateOnly? Day(string? text) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day : null;

    private static string Shown(string? value) => value is null ? "null" : value.Length > 60 ? value[..60] + "…" : value;

    [GeneratedRegex(@"^[A-Z]{2}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Country();

    [GeneratedRegex(@"^[A-Z][0-9][0-9A-Z](\.[0-9A-Z]{1,4}|-[A-Z][0-9][0-9A-Z])?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Icd10();

    [GeneratedRegex(@"^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Language();

    [GeneratedRegex(@"^[0-9]{1,4}(\.[0-9]{1,4})?\z", RegexOptions.CultureInvariant)]
    private static partial Regex TextVersion();
}
