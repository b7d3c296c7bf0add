using System.Text.Json;
using System.Text.Json.Nodes;
using Silos.Ledger.Records;

namespace Silos.Consents;

/// <summary>What a FHIR Consent says of research.</summary>
/// <param name="Decision"><c>permit</c> or <c>deny</c>; whatever cannot be decided is a deny.</param>
/// <param name="Explicit">Whether the resource itself says no to research; a deny that only follows from what cannot be decided, or from silence, is not.</param>
/// <param name="Reasons">Why, in words that name element and value.</param>
/// <param name="Scope">What a permit permits; null for a deny. It is narrower than the resource wherever that is silent.</param>
public sealed record FhirDecision(string Decision, bool Explicit, IReadOnlyList<string> Reasons, FhirScope? Scope);

/// <summary>The choices that a FHIR Consent makes, in a directive's terms.</summary>
public sealed record FhirScope(
    IReadOnlyList<string> Purposes, IReadOnlyList<string>? Diseases, IReadOnlyList<string> Categories, string NotBefore, string? NotAfter, CollectionWindow? Collected)
{
    /// <summary>Where FHIR is silent, the narrowest.</summary>
    public IReadOnlyList<string> Users { get; init; } = ["non-profit"];

    public IReadOnlyList<string> Outputs { get; init; } = [SignedQuery.Statistics];

    public IReadOnlyList<string>? Countries { get; init; }

    public IReadOnlyList<string>? Project { get; init; }

    /// <summary>These choices in another directive.</summary>
    public Directive In(Directive directive) => directive with
    {
        Decision = Directive.Permit, Purposes = Purposes, Diseases = Diseases, Categories = Categories, Users = Users, Outputs = Outputs, Countries = Countries, Project = Project,
        NotBefore = NotBefore, NotAfter = NotAfter, Collected = Collected,
    };
}

/// <summary>
/// Reads a FHIR R4 Consent (4.0.1, section 6.2). The base rule is <c>policyRule</c> or the root provision's type; nested provisions are exceptions to it.
/// A permit needs an active resource of scope research whose every condition is one that can be kept here. Pure.
/// </summary>
public static class ReadFhirConsent
{
    private const string Research = "research";

    private static readonly HashSet<string> ResearchPurposes = new(StringComparer.Ordinal) { "HRESCH", "CLINTRCH", "DSRCH", "POARCH", "TRANSRCH", "BIORCH", "CLINTRCHNPC", "CLINTRCHPC", "PRECLINTRCH" };

    /// <summary>Purposes that are no research: an exception for one of them changes nothing here.</summary>
    private static readonly HashSet<string> OtherPurposes = new(StringComparer.Ordinal) { "HMARKT", "TREAT", "HPAYMT", "HOPERAT", "ETREAT", "CAREMGT", "FRAUD", "HSYSADMIN", "PATADMIN", "FAMRQT", "PWATRNY", "LEGAL" };

    private static readonly Dictionary<string, string[]> CategoryOf = new(StringComparer.Ordinal)
    {
        ["Patient"] = ["demographics"], ["Encounter"] = ["encounters"], ["Condition"] = ["diagnoses"], ["Procedure"] = ["procedures"],
        ["MedicationRequest"] = ["medications"], ["MedicationStatement"] = ["medications"], ["MedicationAdministration"] = ["medications"],
        ["Observation"] = ["laboratory", "vital-signs"], ["DiagnosticReport"] = ["laboratory"], ["ImagingStudy"] = ["imaging"],
        ["MolecularSequence"] = ["genetics"], ["QuestionnaireResponse"] = ["questionnaires"],
    };

    /// <summary>What the resource says. Never throws on a stranger's JSON: what is not as the specification has it cannot be decided.</summary>
    public static FhirDecision Of(JsonElement consent)
    {
        try
        {
            return Decide(consent);
        }
        catch (Exception bad) when (bad is InvalidOperationException or KeyNotFoundException or FormatException or JsonException)
        {
            return No(false, $"the resource is not as FHIR R4 has it: {bad.Message}");
        }
    }

    private static FhirDecision Decide(JsonElement consent)
    {
        if (consent.ValueKind != JsonValueKind.Object || Text(consent, "resourceType") != "Consent")
        {
            return No(false, "resourceType: is no Consent");
        }

        var isResearch = Codes(consent, "scope").Contains(Research);
        var rule = Codes(consent, "policyRule");
        var root = consent.TryGetProperty("provision", out var provision) ? provision : default;
        var type = root.ValueKind == JsonValueKind.Object ? Text(root, "type") : null;
        if (isResearch && (type == "deny" || rule.Contains("OPTOUT")) && Text(consent, "status") is not ("entered-in-error" or "draft" or "proposed"))
        {
            return No(true, type == "deny" ? "provision.type: deny" : "policyRule: OPTOUT");
        }

        return (Text(consent, "status") is not "active" and var status ? $"status: '{status}'; only active permits"
            : !isResearch ? $"scope: '{string.Join(", ", Codes(consent, "scope"))}' says nothing of research"
            : HasForeignModifier(consent) ? "modifierExtension: changes the meaning in a way that is not known here"
            : IsUnverified(consent) ? "verification: says that it was not verified with the patient"
            : type is not ("permit" or null) ? $"provision.type: '{type}' is not known"
            : type is null && !rule.SequenceEqual(["OPTIN"]) ? $"policyRule: '{string.Join(", ", rule)}' and no provision.type: what holds at base is not said"
            : rule.Any(code => code != "OPTIN") ? $"policyRule: '{string.Join(", ", rule)}' is not known"
            : root.ValueKind != JsonValueKind.Object ? "provision: there is none, so no purpose is permitted"
            : null) is { } undecided ? No(false, undecided) : Own(consent) ?? Permitted(consent, root);
    }

    private static FhirDecision Permitted(JsonElement consent, JsonElement root)
    {
        foreach (var member in root.EnumerateObject())
        {
            if (member.Name is not ("type" or "period" or "dataPeriod" or "purpose" or "class" or "code" or "action" or "provision" or "id"))
            {
                return No(false, $"provision.{member.Name}: limits the permit in a way that cannot be kept here");
            }
        }

        var purposes = Codings(root, "purpose").Select(coding => coding.Code).ToList();
        if (purposes.Count > 0 && !purposes.Exists(ResearchPurposes.Contains))
        {
            return No(false, $"provision.purpose: '{string.Join(", ", purposes)}' is no research");
        }

        var actions = root.TryGetProperty("action", out var acts) ? acts.EnumerateArray().SelectMany(act => Codes(act)).ToList() : [];
        if (actions.Count > 0 && !actions.Contains("use"))
        {
            return No(false, $"provision.action: '{string.Join(", ", actions)}' does not allow use");
        }

        return Exceptions(root) is { } exception ? No(false, exception) : Scoped(consent, root);
    }

    private static FhirDecision Scoped(JsonElement consent, JsonElement root)
    {
        var classes = Codings(root, "class").ToList();
        var unknown = classes.FirstOrDefault(coding => !CategoryOf.ContainsKey(coding.Code));
        if (unknown.Code is not null)
        {
            return No(false, $"provision.class: '{unknown.Code}' is no kind of data that is known here");
        }

        var codes = root.TryGetProperty("code", out var listed) ? listed.EnumerateArray().SelectMany(one => Codings(one, "coding")).ToList() : [];
        var (duo, diseases) = (codes.Where(code => code.System.Contains("duo", StringComparison.OrdinalIgnoreCase)).ToList(), codes.Where(code => code.System == "http://hl7.org/fhir/sid/icd-10").ToList());
        if (duo.Count + diseases.Count != codes.Count)
        {
            return No(false, $"provision.code: '{codes.First(code => !duo.Contains(code) && !diseases.Contains(code)).Code}' limits the data in a way that cannot be kept here");
        }

        var (from, to) = Period(root, "period");
        var scope = new FhirScope(
            duo.Count > 0 ? [.. duo.Select(code => code.Code.Replace('_', ':'))] : [Duo.HealthMedicalBiomedical],
            diseases.Count > 0 ? [.. diseases.Select(code => code.Code)] : null,
            classes.Count == 0 ? [DataCategory.Every] : [.. classes.SelectMany(coding => CategoryOf[coding.Code]).Distinct()],
            RecordTime.Write(from ?? Moment(Text(consent, "dateTime"), false) ?? DateTimeOffset.UnixEpoch),
            to is { } end ? RecordTime.Write(end) : null,
            Window(root));
        return Fault(scope) is { } fault ? No(false, fault) : new FhirDecision(Directive.Permit, true, ["provision: permits research"], scope);
    }

    /// <summary>What a directive of this scope would be refused for.</summary>
    private static string? Fault(FhirScope scope) =>
        DirectiveRules.Fault(scope.In(new Directive("0", "0x", Nonce.New(), "", default, 1, Directive.Permit, [], [], [], [], "", new ConsentText(default, "en", "1"))));

    /// <summary>A resource that <see cref="WriteFhirConsent"/> wrote says all of it in its extension; null for another's.</summary>
    private static FhirDecision? Own(JsonElement consent)
    {
        if (!consent.TryGetProperty("modifierExtension", out var extensions))
        {
            return null;
        }

        return ConsentMatch.Read(JsonNode.Parse(Text(extensions[0], "valueString") ?? "{}")!.AsObject()) is { Decision: Directive.Permit } said
            ? new FhirDecision(Directive.Permit, true, ["modifierExtension: is a directive"], new FhirScope(said.Purposes, said.Diseases, said.Categories, said.NotBefore, said.NotAfter, said.Collected)
            {
                Users = said.Users, Outputs = said.Outputs, Countries = said.Countries, Project = said.Project,
            })
            : No(false, "modifierExtension: is no directive that permits");
    }

    private static bool HasForeignModifier(JsonElement consent) =>
        consent.TryGetProperty("modifierExtension", out var extensions) && (extensions.GetArrayLength() != 1 || Text(extensions[0], "url") != WriteFhirConsent.Extension);

    /// <summary>Nested provisions: a further permit adds nothing that is taken up, a deny must be about something that is no research.</summary>
    private static string? Exceptions(JsonElement root)
    {
        foreach (var nested in root.TryGetProperty("provision", out var list) ? list.EnumerateArray().ToList() : [])
        {
            var purposes = Codings(nested, "purpose").Select(coding => coding.Code).ToList();
            var isElsewhere = purposes.Count > 0 && purposes.TrueForAll(OtherPurposes.Contains);
            if (Text(nested, "type") != "permit" && !isElsewhere)
            {
                return $"provision.provision: an exception ({nested.GetRawText()[..Math.Min(80, nested.GetRawText().Length)]}) that cannot be kept here";
            }
        }

        return null;
    }

    private static CollectionWindow? Window(JsonElement root)
    {
        var (from, to) = Period(root, "dataPeriod");
        return from is null && to is null ? null : new CollectionWindow(true, from?.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture), to?.AddDays(-1).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture));
    }

    /// <summary>Start, and the moment after the end, of a period.</summary>
    private static (DateTimeOffset? From, DateTimeOffset? To) Period(JsonElement parent, string name)
    {
        if (!parent.TryGetProperty(name, out var period))
        {
            return (null, null);
        }

        return (Moment(Text(period, "start"), false), Moment(Text(period, "end"), true));
    }

    /// <summary>The first moment of a FHIR dateTime, or the first one after it.</summary>
    private static DateTimeOffset? Moment(string? text, bool after)
    {
        if (text is null)
        {
            return null;
        }

        if (!Ingestion.FhirDate.TryParse(text, out var date))
        {
            throw new FormatException($"'{text}' is no date");
        }

        var start = new DateTimeOffset(date.Moment, TimeSpan.Zero);
        return !after ? start : date.Digits switch { 4 => start.AddYears(1), 6 => start.AddMonths(1), 8 => start.AddDays(1), _ => start };
    }

    private static bool IsUnverified(JsonElement consent) =>
        consent.TryGetProperty("verification", out var list) && list.EnumerateArray().Any(one => !one.TryGetProperty("verified", out var verified) || verified.ValueKind != JsonValueKind.True);

    private static string? Text(JsonElement parent, string name) => parent.TryGetProperty(name, out var value) ? value.GetString() : null;

    private static IReadOnlyList<string> Codes(JsonElement parent, string concept) => parent.TryGetProperty(concept, out var value) ? Codes(value) : [];

    private static IReadOnlyList<string> Codes(JsonElement concept) => [.. Codings(concept, "coding").Select(coding => coding.Code)];

    private static IEnumerable<(string System, string Code)> Codings(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var list) ? list.EnumerateArray().Select(coding => (Text(coding, "system") ?? "", Text(coding, "code") ?? "")) : [];

    private static FhirDecision No(bool isExplicit, string reason) => new(Directive.Deny, isExplicit, [reason], null);
}
