using Research.Api.Protocol;
using Silos.Ledger.Records;

namespace Research.Api.Applications;

/// <summary>
/// Whether a purpose fits a dataset's conditions of use, by GA4GH's Data Use Ontology (DUO). The one implementation; pages show its answer.
/// A purpose fits a permission that subsumes it; a code that is unknown, or that only a person can judge, is never a yes.
/// </summary>
/// <remarks>
/// DUO release 81f5c3d9, 25 terms. A dataset may qualify a code after a second colon: <c>DUO:0000007:E11</c> (disease, ICD-10), <c>DUO:0000022:BR</c> (country).
/// </remarks>
internal static class MatchPurpose
{
    public const string Yes = "yes";
    public const string No = "no";
    public const string NeedsPerson = "needs-person";

    /// <summary>One answer for each dataset of the form that is on offer.</summary>
    public static IReadOnlyList<PurposeMatch> Match(ApplicationForm form, IReadOnlyList<CatalogueItem> offered) =>
    [
        .. from choice in form.Datasets ?? []
           let item = offered.FirstOrDefault(item => item.Silo == choice.Silo && item.Dataset == choice.Dataset)
           where item is not null
           let decided = Decide(form, item.Uses)
           select new PurposeMatch(choice.Silo, choice.Dataset, decided.Outcome, decided.Reasons),
    ];

    /// <summary>The outcome for one dataset with its reasons: no beats needs-person, which beats yes. A dataset that allows nothing is for nobody.</summary>
    public static (string Outcome, IReadOnlyList<string> Reasons) Decide(ApplicationForm form, IReadOnlyList<string> uses)
    {
        List<(string Outcome, string Reason)> found = [];
        var allowed = uses.Select(Parse).ToList();
        if (allowed.Count == 0)
        {
            return (No, ["The dataset allows no use."]);
        }

        if (form.Purpose is not { } purpose || !Duo.IsPermission(purpose))
        {
            found.Add((NeedsPerson, $"{form.Purpose} is no purpose that a machine can judge."));
        }
        else
        {
            found.Add(Permission(purpose, form.Disease, [.. allowed.Where(use => Duo.IsPermission(use.Code))]));
        }

        found.AddRange(allowed.Where(use => !Duo.IsPermission(use.Code)).Select(use => Modifier(use, form)));
        var outcome = found.Any(item => item.Outcome == No) ? No : found.Any(item => item.Outcome == NeedsPerson) ? NeedsPerson : Yes;
        return (outcome, [.. found.Where(item => item.Outcome == outcome).Select(item => item.Reason)]);
    }

    private static (string Outcome, string Reason) Permission(string purpose, string? disease, IReadOnlyList<Use> permissions)
    {
        if (permissions.Count == 0)
        {
            return (NeedsPerson, "The dataset states no permission, only conditions.");
        }

        var answers = permissions.Select(use => Permission(purpose, disease, use)).ToList();
        return answers.FirstOrDefault(answer => answer.Outcome == Yes) is { Outcome: Yes } yes ? yes
            : answers.FirstOrDefault(answer => answer.Outcome == NeedsPerson) is { Outcome: NeedsPerson } person ? person
            : answers[0];
    }

    private static (string Outcome, string Reason) Permission(string purpose, string? disease, Use use) =>
        !Duo.Covers(use.Code, purpose) ? (No, $"{DuoTerms.Name(use.Code)} does not cover {DuoTerms.Name(purpose)}.")
        : use.Code != Duo.DiseaseSpecific ? (Yes, $"{DuoTerms.Name(use.Code)} covers {DuoTerms.Name(purpose)}.")
        : use.Qualifier is null || disease is null ? (NeedsPerson, "Whether the disease is the dataset's, a person must judge.")
        : Duo.CoversDisease(use.Qualifier, disease) ? (Yes, $"{disease} lies within {use.Qualifier}.")
        : (No, $"{disease} does not lie within {use.Qualifier}.");

    private static (string Outcome, string Reason) Modifier(Use use, ApplicationForm form) => DuoTerms.RuleOf(use.Code) switch
    {
        DuoRule.NotForProfit when form.User == SubmitApplication.ForProfit => (No, $"{DuoTerms.Name(use.Code)}: the applicant works for profit."),
        DuoRule.NotForProfit when form.User == SubmitApplication.NonProfit && (use.Code == Duo.NonProfit || Accepts(form, use.Code)) => (Yes, $"{DuoTerms.Name(use.Code)} is kept."),
        DuoRule.Obligation when Accepts(form, use.Code) => (Yes, $"{DuoTerms.Name(use.Code)} is accepted."),
        DuoRule.NoAncestry when form.Purpose == Duo.PopulationOriginsOrAncestry => (No, $"{DuoTerms.Name(use.Code)}."),
        DuoRule.NoAncestry when form.Purpose is Duo.HealthMedicalBiomedical or Duo.DiseaseSpecific => (Yes, "The purpose is no study of ancestry."),
        DuoRule.NoMethods when form.Purpose is Duo.DiseaseSpecific or Duo.PopulationOriginsOrAncestry => (Yes, "The purpose is no methods research."),
        DuoRule.Country when use.Qualifier is { } country && form.Country is not null => form.Country == country ? (Yes, $"{country} is allowed.") : (No, $"Use is limited to {country}."),
        DuoRule.Extension => (Yes, $"{DuoTerms.Name(use.Code)} limits no research."),
        DuoRule.Unknown => (NeedsPerson, $"{use.Code} is not a code that is known here."),
        _ => (NeedsPerson, $"{DuoTerms.Name(use.Code)}: a person must judge."),
    };

    private static bool Accepts(ApplicationForm form, string code) => form.Modifiers?.Contains(code) == true;

    private static Use Parse(string text) =>
        text.IndexOf(':', StringComparison.Ordinal) is var first && first >= 0 && text.IndexOf(':', first + 1) is var second && second >= 0
            ? new Use(text[..second], text[(second + 1)..])
            : new Use(text, null);

    /// <summary>A code of the dataset, with what it is qualified by.</summary>
    private readonly record struct Use(string Code, string? Qualifier);
}
