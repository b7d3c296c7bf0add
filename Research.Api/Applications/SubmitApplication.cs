using System.Globalization;
using System.Text.RegularExpressions;
using Research.Api.Accounts;
using Research.Api.Problems;
using Research.Api.Protocol;

namespace Research.Api.Applications;

/// <summary>The applicant hands the form in: complete, and for datasets that exist.</summary>
internal static partial class SubmitApplication
{
    public const string NonProfit = "non-profit";
    public const string ForProfit = "for-profit";
    public const string Statistics = "statistics";
    public const string File = "file";

    /// <param name="matches">How the purpose fits each dataset; one entry for every dataset that the catalogue knows.</param>
    public static Outcome<IReadOnlyList<ApplicationEvent>> Decide(Application application, IReadOnlyList<PurposeMatch> matches, DateTimeOffset now)
    {
        if (Missing(application.Form, now) is { } missing)
        {
            return Refusal.Invalid(missing);
        }

        var unknown = application.Form.Datasets!.FirstOrDefault(choice => !matches.Any(match => match.Silo == choice.Silo && match.Dataset == choice.Dataset));
        if (unknown is not null)
        {
            return Refusal.Invalid($"datasets: the catalogue has no dataset '{unknown.Dataset}' of silo '{unknown.Silo}'.");
        }

        return matches.FirstOrDefault(match => match.Outcome == MatchPurpose.No) is { } no
            ? new Refusal("purpose-does-not-match", 422, $"purpose: dataset '{no.Dataset}' does not allow it. {string.Join(" ", no.Reasons)}")
            : new ApplicationEvent[] { new ApplicationEvent.Submitted(matches) };
    }

    /// <summary>The first member of the form that is missing or wrong, as a sentence with the allowed range; null when it is complete.</summary>
    public static string? Missing(ApplicationForm form, DateTimeOffset now) =>
        Text(form.Title, "title", 200)
        ?? Text(form.LaySummary, "laySummary", 4000)
        ?? (form.Purpose is null || !Duo().IsMatch(form.Purpose) ? $"purpose: is '{form.Purpose}'; allowed is a DUO code such as DUO:0000042." : null)
        ?? (form.Disease is not null && !Icd10().IsMatch(form.Disease) ? $"disease: is '{form.Disease}'; allowed is an ICD-10 code such as E11." : null)
        ?? (form.User is not (NonProfit or ForProfit) ? $"user: is '{form.User}'; allowed are {NonProfit}, {ForProfit}." : null)
        ?? (form.Country is null || !Country().IsMatch(form.Country) ? $"country: is '{form.Country}'; allowed is ISO 3166-1 alpha-2, such as BR." : null)
        ?? (form.Datasets is not { Count: >= 1 and <= 50 } ? "datasets: name 1 to 50 of them." : null)
        ?? (form.Datasets!.Distinct().Count() != form.Datasets!.Count ? "datasets: one is named twice." : null)
        ?? (form.Outputs is not { Count: >= 1 } || form.Outputs.Any(output => output is not (Statistics or File)) ? $"outputs: allowed are {Statistics}, {File}." : null)
        ?? Caps(form)
        ?? EndDate(form.EndDate, now)
        ?? Key(form.SigningKey, "signingKey", needed: true)
        ?? Key(form.FileKey, "fileKey", needed: form.Outputs!.Contains(File));

    /// <summary>Null for a date after today and at most ten years ahead.</summary>
    public static string? EndDate(string? text, DateTimeOffset now) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var end)
        && end > DateOnly.FromDateTime(now.UtcDateTime) && end <= DateOnly.FromDateTime(now.UtcDateTime.AddYears(10))
            ? null
            : $"endDate: is '{text}'; allowed is yyyy-MM-dd, after today and at most ten years ahead.";

    /// <summary>Null for decimal strings of unsigned 64-bit integers and 0 to 100 files.</summary>
    public static string? Cap(CapAsked cap) =>
        IsAmount(cap.Rho) && IsAmount(cap.Delta) && cap.Files is >= 0 and <= 100
            ? null
            : $"caps: rho '{cap.Rho}', delta '{cap.Delta}', files {cap.Files}; allowed are decimal integers from 0 to {ulong.MaxValue}, and 0 to 100 files.";

    private static string? Caps(ApplicationForm form) =>
        form.Caps?.Select(Cap).FirstOrDefault(wrong => wrong is not null)
        ?? (form.Caps?.FirstOrDefault(cap => form.Datasets!.All(choice => choice.Silo != cap.Silo)) is { } stray ? $"caps: no dataset of silo '{stray.Silo}' is named." : null)
        ?? (form.Caps?.GroupBy(cap => cap.Silo).Any(group => group.Count() > 1) == true ? "caps: a silo is named twice." : null);

    private static string? Text(string? text, string field, int longest) =>
        text is { Length: >= 1 } && text.Length <= longest && !string.IsNullOrWhiteSpace(text) ? null : $"{field}: needed, 1 to {longest} characters.";

    private static string? Key(System.Text.Json.JsonElement? key, string field, bool needed) =>
        key is { } given ? LinkMemberKey.Read(given, field).Refused?.Detail : needed ? $"{field}: needed, a public P-256 JWK." : null;

    private static bool IsAmount(string text) =>
        ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value.ToString(CultureInfo.InvariantCulture) == text;

    [GeneratedRegex("^DUO:[0-9]{7}$")]
    private static partial Regex Duo();

    [GeneratedRegex("^[A-Z][0-9]{2}(\\.[0-9A-Z]{1,4})?$")]
    private static partial Regex Icd10();

    [GeneratedRegex("^[A-Z]{2}$")]
    private static partial Regex Country();
}
