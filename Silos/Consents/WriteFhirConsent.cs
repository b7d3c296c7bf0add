using System.Text.Json.Nodes;
using Silos.Ledger.Records;

namespace Silos.Consents;

/// <summary>A patient's directive as a FHIR R4 Consent. Choices for which FHIR has no element go into a modifierExtension, so that a reader who does not know them must not act on the rest. Pure.</summary>
public static class WriteFhirConsent
{
    /// <summary>The extension that holds the directive itself.</summary>
    public const string Extension = "https://researchhub.example/fhir/StructureDefinition/directive";

    private const string LoincSystem = "http://loinc.org";

    public static JsonObject Of(Directive directive, string hospital, bool counts)
    {
        var permits = directive.Decision == Directive.Permit;
        var consent = new JsonObject
        {
            ["resourceType"] = "Consent",
            ["status"] = counts ? "active" : "inactive",
            ["scope"] = Concept("http://terminology.hl7.org/CodeSystem/consentscope", "research"),
            ["category"] = new JsonArray(Concept(LoincSystem, "59284-0")),
            ["patient"] = new JsonObject { ["identifier"] = new JsonObject { ["value"] = directive.Subject } },
            ["dateTime"] = directive.NotBefore,
            ["organization"] = new JsonArray(new JsonObject { ["display"] = hospital }),
            ["policyRule"] = Concept("http://terminology.hl7.org/CodeSystem/v3-ActCode", permits ? "OPTIN" : "OPTOUT"),
            ["provision"] = permits ? Provision(directive) : new JsonObject { ["type"] = "deny" },
        };
        if (permits)
        {
            consent["modifierExtension"] = new JsonArray(new JsonObject { ["url"] = Extension, ["valueString"] = System.Text.Encoding.UTF8.GetString(CanonicalJson.Bytes(directive)) });
        }

        return consent;
    }

    private static JsonObject Provision(Directive directive)
    {
        var provision = new JsonObject
        {
            ["type"] = "permit",
            ["period"] = Period(directive.NotBefore, directive.NotAfter),
            ["purpose"] = new JsonArray(Coding("http://terminology.hl7.org/CodeSystem/v3-ActReason", "HRESCH")),
            ["code"] = new JsonArray([.. directive.Purposes.Select(code => Concept("http://purl.obolibrary.org/obo/duo.owl", code)), .. (directive.Diseases ?? []).Select(code => Concept("http://hl7.org/fhir/sid/icd-10", code))]),
        };
        if (directive.Collected is { } window && (window.From ?? window.To) is not null)
        {
            provision["dataPeriod"] = Period(window.From, window.To);
        }

        return provision;
    }

    private static JsonObject Period(string? start, string? end)
    {
        var period = new JsonObject();
        if (start is not null)
        {
            period["start"] = start;
        }

        if (end is not null)
        {
            period["end"] = end;
        }

        return period;
    }

    private static JsonObject Concept(string system, string code) => new() { ["coding"] = new JsonArray(Coding(system, code)) };

    private static JsonObject Coding(string system, string code) => new() { ["system"] = system, ["code"] = code };
}
