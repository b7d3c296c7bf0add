using System.Text.Json;
using System.Text.Json.Nodes;
using Silos.Ingestion;
using Silos.Ledger.Records;

namespace Silos.Consents;

/// <summary>What a permit would do with patients' records: the question that each directive answers.</summary>
/// <param name="Register">The register whose records they are: a directive for another hospital's says nothing here.</param>
/// <param name="Output"><c>statistics</c> or <c>file</c>.</param>
/// <param name="Categories">Data categories of what is touched; null stands for an attribute without one.</param>
/// <param name="Disease">ICD-10 code of a disease-specific purpose.</param>
public sealed record ProposedUse(
    Hash32 Register, string Purpose, string User, string Country, string Application, string Output, IReadOnlyList<string?> Categories, string? Disease = null)
{
    /// <summary>The use that a permit makes of what a question touches.</summary>
    public static ProposedUse Of(Permit permit, Hash32 register, string output, IReadOnlyList<string?> categories) =>
        new(register, permit.Purpose, permit.Use.User, permit.Use.Country, permit.Application, output, categories, permit.Use.Disease);
}

/// <summary>When a directive counts. One whose moments cannot be read never does.</summary>
/// <param name="Start">From when; null for never.</param>
/// <param name="End">Until when, not included; null for no end.</param>
public readonly record struct Validity(DateTimeOffset? Start, DateTimeOffset? End)
{
    public static Validity Never => default;

    public static Validity Of(Directive directive) =>
        RecordTime.Read(directive.NotBefore) is not { } start ? Never
        : directive.NotAfter is null ? new Validity(start, null)
        : RecordTime.Read(directive.NotAfter) is { } end ? new Validity(start, end) : Never;

    public bool Holds(DateTimeOffset now) => Start <= now && !(End <= now);
}

/// <summary>Whether a directive permits a use. Pure; the clock is an argument.</summary>
public static class ConsentMatch
{
    /// <summary>The directive that was signed, or null when it cannot be read or holds a code that is not known: that is a no.</summary>
    public static Directive? Read(JsonObject body)
    {
        try
        {
            return CanonicalJson.Read<Directive>(body) is var directive && DirectiveRules.Fault(directive) is null ? directive : null;
        }
        catch (Exception bad) when (bad is JsonException or InvalidOperationException or ArgumentException or FormatException)
        {
            return null;
        }
    }

    /// <summary>
    /// True only if the patient's newest directive says permit, is in force, and names purpose (by subsumption, with its modifiers), kind of user,
    /// categories, country, project and output, and if what is touched was collected within its window. No directive is a no, and so is
    /// one with a code that is not known, and one that limits the time of collection where that is not known.
    /// </summary>
    /// <param name="collected">When the records that the question touches were collected.</param>
    public static bool Permits(Directive? newest, ProposedUse use, RecordSpan collected, DateTimeOffset now) =>
        newest is not null && Covers(newest, use) && Validity.Of(newest) is var validity && validity.Holds(now) && IsWithin(newest, validity, collected);

    /// <summary>The part that is the same for all directives of the same terms (<see cref="SameTerms"/>): all but when it counts and when records were collected.</summary>
    internal static bool Covers(Directive newest, ProposedUse use) =>
        newest.Decision == Directive.Permit && newest.Silo == use.Register
            && CoversPurpose(newest, use)
            && newest.Users.Contains(use.User)
            && CoversCategories(newest, use)
            && newest.Outputs.Contains(use.Output)
            && newest.Countries?.Contains(use.Country) != false
            && newest.Project?.Contains(use.Application) != false;

    /// <summary>Whether what is touched was collected within the directive's window.</summary>
    /// <param name="validity">Of this directive.</param>
    internal static bool IsWithin(Directive directive, Validity validity, RecordSpan collected)
    {
        if (directive.Collected is not { } window || collected == RecordSpan.None)
        {
            return true;
        }

        if (!collected.IsKnown || validity.Start is not { } signed)
        {
            return false;
        }

        return (window.Retrospective || collected.First >= DateOnly.FromDateTime(signed.UtcDateTime))
            && !(collected.First < DirectiveRules.Day(window.From))
            && !(collected.Last > DirectiveRules.Day(window.To));
    }

    /// <summary>One purpose covers the use, and no modifier forbids it.</summary>
    private static bool CoversPurpose(Directive newest, ProposedUse use)
    {
        var covered = false;
        for (var i = 0; i < newest.Purposes.Count; i++)
        {
            if (!ModifierHolds(newest.Purposes[i], use))
            {
                return false;
            }

            covered |= Grants(newest.Purposes[i], newest, use);
        }

        return covered;
    }

    private static bool CoversCategories(Directive newest, ProposedUse use)
    {
        if (newest.Categories.Contains(DataCategory.Every))
        {
            return true;
        }

        for (var i = 0; i < use.Categories.Count; i++)
        {
            if (use.Categories[i] is not { } category || !newest.Categories.Contains(category))
            {
                return false;
            }
        }

        return true;
    }

    private static bool Grants(string granted, Directive directive, ProposedUse use) =>
        Duo.Covers(granted, use.Purpose)
        && (granted != Duo.DiseaseSpecific || directive.Diseases?.Any(disease => Duo.CoversDisease(disease, use.Disease)) == true);

    private static bool ModifierHolds(string code, ProposedUse use) => code switch
    {
        Duo.NonProfit or Duo.NonCommercial or Duo.NonProfitNonCommercial => use.User == "non-profit",
        Duo.NoAncestry => use.Purpose is Duo.HealthMedicalBiomedical or Duo.DiseaseSpecific,
        _ => Duo.IsDirectiveCode(code),
    };
}
