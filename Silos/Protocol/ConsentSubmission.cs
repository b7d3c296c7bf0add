using System.Text.Json;

namespace Silos.Protocol;

/// <summary>Up to 100 signed directives, relayed by anybody: the signatures are the patients'.</summary>
public sealed record DirectiveSubmission(IReadOnlyList<JsonElement> Directives);

/// <summary>Whether one directive was recorded; <paramref name="Reason"/> when not.</summary>
public sealed record DirectiveOutcome(bool Recorded, string? Reason);

/// <summary>The hospital enrols keys of its patients, up to 1,000 at a time.</summary>
public sealed record EnrolmentRequest(IReadOnlyList<PatientKey> Patients);

/// <summary>A patient by the hospital's local id, and the public key (JWK) that she showed the hospital.</summary>
public sealed record PatientKey(string Patient, JsonElement Key);

/// <summary>The random name under which the patient's decisions are kept.</summary>
public sealed record Enrolment(string Patient, string Subject);

/// <summary>Local ids, and where the next page starts (null at the end).</summary>
public sealed record PatientPage(IReadOnlyList<string> Patients, string? Next);
