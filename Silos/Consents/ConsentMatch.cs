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
    public static bool Permits(Directive? newest, ProposedUse use, RecordSpan collected, DateTimeOffset now)
    {
        if (newest is not { Decision: Directive.Permit } || newest.Silo != use.Register || !InForce(newest, now))
        {
            return false;
        }

        return newest.Purposes.Any(granted => Covers(granted, newest, use))
            && newest.Purposes.All(code => ModifierHolds(code, use))
            && newest.Users.Contains(use.User)
            && (newest.Categories.Contains(DataCategory.Every) || use.Categories.All(category => category is not null && newest.Categories.Contains(category)))
            && newest.Outputs.Contains(use.Output)
            && newest.Countries?.Contains(use.Country) != false
            && newest.Project?.Contains(use.Application) != false
            && IsWithin(newest, collected);
    }

    private static bool Covers(string granted, Directive directive, ProposedUse use) =>
        Duo.Covers(granted, use.Purpose)
        && (granted != Duo.DiseaseSpecific || directive.Diseases?.Any(disease => Duo.CoversDisease(disease, use.Disease)) == true);

    private static bool ModifierHolds(string code, ProposedUse use) => code switch
    {
        Duo.NonProfit or Duo.NonCommercial or Duo.NonProfitNonCommercial => use.User == "non-profit",
        Duo.NoAncestry => use.Purpose is Duo.HealthMedicalBiomedical or Duo.DiseaseSpecific,
        _ => Duo.IsDirectiveCode(code),
    };

    private static bool InForce(Directive directive, DateTimeOffset now) =>
        RecordTime.Read(directive.NotBefore) is { } start && start <= now
        && (directive.NotAfter is null || (RecordTime.Read(directive.NotAfter) is { } end && now < end));

    private static bool IsWithin(Directive directive, RecordSpan collected)
    {
        if (directive.Collected is not { } window || collected == RecordSpan.None)
        {
            return true;
        }

        if (!collected.IsKnown || RecordTime.Read(directive.NotBefore) is not { } signed)
        {
            return false;
        }

        return (window.Retrospective || collected.First >= DateOnly.FromDateTime(signed.UtcDateTime))
            && !(collected.First < DirectiveRules.Day(window.From))
            && !(collected.Last > DirectiveRules.Day(window.To));
    }
}
