using System.Globalization;

namespace Silos.Samples;

/// <summary>Writes a sample patient as FHIR R4 resources, one line each, in the shape of a Brazilian export: the municipality is
/// <c>address.city</c>, its IBGE code and its mesoregion's are extensions on that element.</summary>
internal static class FhirLines
{
    /// <summary>Where the IBGE code of the municipality stands.</summary>
    public const string IbgeExtension = "http://example.org/fhir/StructureDefinition/ibge-municipality";

    /// <summary>Where the IBGE code of its mesoregion stands.</summary>
    public const string MesoregionExtension = "http://example.org/fhir/StructureDefinition/ibge-mesoregion";

    public static string Patient(SamplePatient p) =>
        $$$"""{"resourceType":"Patient","id":"{{{p.Id}}}","text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">{{{SampleMarkers.Narrative}}} {{{p.Given}}} {{{p.Family}}}, CPF {{{p.Cpf}}}</div>"},"identifier":[{"use":"official","system":"https://saude.gov.br/fhir/sid/cpf","value":"{{{p.Cpf}}}"},{"system":"http://hospital.example.org/mrn","value":"{{{700000 + (p.Index * 7)}}}"}],"name":[{"use":"official","family":"{{{p.Family}}}","given":["{{{p.Given}}}"]}],"telecom":[{"system":"phone","value":"+55 31 90000-{{{p.Index % 10000:D4}}}"}],"gender":"{{{(p.Female ? "female" : "male")}}}","birthDate":"{{{Day(p.Born)}}}"{{{(p.Died is { } died ? $",\"deceasedDateTime\":\"{Day(died)}\"" : "")}}},"address":[{"use":"home","line":["{{{SampleMarkers.Street}}}, {{{1 + (p.Index % 900)}}}"],"city":"{{{p.Home.Name}}}","_city":{"extension":[{"url":"{{{IbgeExtension}}}","valueCode":"{{{p.Home.Code}}}"},{"url":"{{{MesoregionExtension}}}","valueCode":"{{{p.Home.Mesoregion}}}"}]},"state":"MG","country":"BR"}]}""";

    public static string Condition(SamplePatient p, int number)
    {
        var condition = p.Conditions[number];
        return $$$"""{"resourceType":"Condition","id":"{{{p.Id}}}-c{{{number}}}","clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"{{{(condition.Resolved ? "resolved" : "active")}}}"}]},"verificationStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-ver-status","code":"confirmed"}]},"code":{"coding":[{"system":"http://hl7.org/fhir/sid/icd-10","code":"{{{condition.Code}}}","display":"{{{condition.Display}}}"}],"text":"{{{condition.Display}}}"},"subject":{"reference":"Patient/{{{p.Id}}}"},"onsetDateTime":"{{{Day(condition.Onset)}}}"}""";
    }

    public static string Encounter(SamplePatient p, int number)
    {
        var visit = p.Visits[number];
        return $$$"""{"resourceType":"Encounter","id":"{{{p.Id}}}-e{{{number}}}","status":"finished","class":{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"{{{visit.Class}}}"},"subject":{"reference":"Patient/{{{p.Id}}}"},"period":{"start":"{{{Day(visit.Date)}}}T08:00:00-03:00","end":"{{{Day(visit.Date)}}}T09:30:00-03:00"}}""";
    }

    public static IEnumerable<string> Observations(SamplePatient p, int number)
    {
        var visit = p.Visits[number];
        var about = $$$""""subject":{"reference":"Patient/{{{p.Id}}}"},"encounter":{"reference":"Encounter/{{{p.Id}}}-e{{{number}}}"},"effectiveDateTime":"{{{Day(visit.Date)}}}T08:30:00-03:00"""";
        if (visit is { Systolic: { } systolic, Diastolic: { } diastolic })
        {
            yield return $$$"""{"resourceType":"Observation","id":"{{{p.Id}}}-b{{{number}}}","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"85354-9","display":"Blood pressure panel"}]},"{{{about}}}","component":[{{{Pressure("8480-6", systolic)}}},{{{Pressure("8462-4", diastolic)}}}]}""";
        }

        if (visit.Hba1c is { } hba1c)
        {
            yield return $$$"""{"resourceType":"Observation","id":"{{{p.Id}}}-h{{{number}}}","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"4548-4","display":"Hemoglobin A1c/Hemoglobin.total in Blood"}]},"{{{about}}}","valueQuantity":{"value":{{{hba1c.ToString("0.0", CultureInfo.InvariantCulture)}}},"unit":"%","system":"http://unitsofmeasure.org","code":"%"}}""";
        }
    }

    private static string Pressure(string code, int value) =>
        $$$"""{"code":{"coding":[{"system":"http://loinc.org","code":"{{{code}}}"}]},"valueQuantity":{"value":{{{value}}},"unit":"mmHg","system":"http://unitsofmeasure.org","code":"mm[Hg]"}}""";

    private static string Day(DateOnly date) => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
