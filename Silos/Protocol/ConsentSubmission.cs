using System.Text.Json;

namespace Silos.Protocol;

/// <summary>Up to 100 signed directives, relayed by anybody: the signatures are the patients'.</summary>
public sealed record DirectiveSubmission(IReadOnlyList<JsonElement> Directives);

/// <summary>Whether one directive was recorded; <paramref name="Reason"/> when not: field, value and what is allowed.</summary>
/// <param name="Receipt">The silo's signed <c>consent-receipt</c>, when it was.</param>
public sealed record DirectiveOutcome(bool Recorded, string? Reason, JsonElement? Receipt = null);

/// <summary>A patient's no, brought by the hub where she is signed in or by the hospital: it needs no signature.</summary>
/// <param name="Subject">Her enrolment.</param>
public sealed record Denial(string Subject);

/// <summary>A signed record of type <c>key-change</c>.</summary>
public sealed record KeyChangeSubmission(JsonElement Change);

/// <summary>The public key (JWK) of an officer who signs, with another, for patients who decide on paper.</summary>
public sealed record ConsentOfficer(JsonElement Key);

/// <summary>A consent text in its languages. The number before the version's point is its meaning: raise it for a material change, and everybody is asked anew.</summary>
/// <param name="Words">By language (BCP 47).</param>
public sealed record TextPublication(string Version, IReadOnlyDictionary<string, string> Words);

/// <summary>Where a patient stands in a register.</summary>
/// <param name="NextSequence">The number that her next directive must have.</param>
/// <param name="NextKeyChange">The number that her next change of keys must have.</param>
/// <param name="Decision">Of her newest directive: <c>permit</c>, <c>deny</c>; null for none, or for one that cannot be read.</param>
/// <param name="AsksAnew">Why a permit does not count at present until she signs again: <c>text</c>, <c>majority</c>, <c>keys</c>; else null.</param>
/// <param name="Needed">Signatures that she needs.</param>
/// <param name="Texts">What may be signed now; none, and any text may.</param>
public sealed record ConsentStanding(
    string Silo, int NextSequence, int NextKeyChange, string? Decision, string? AsksAnew, int Needed, IReadOnlyList<StandingHolder> Holders, IReadOnlyList<StandingText> Texts);

/// <summary>A key that counts for a patient, by its id.</summary>
public sealed record StandingHolder(string Key, string Role, string? Until);

/// <summary>A consent text that may be signed.</summary>
public sealed record StandingText(string Hash, string Language, string Version, string Words);

/// <summary>The hospital enrols keys of its patients, up to 1,000 at a time.</summary>
public sealed record EnrolmentRequest(IReadOnlyList<PatientKey> Patients);

/// <summary>A patient by the hospital's local id, and the public key (JWK) that she showed the hospital.</summary>
/// <param name="Keys">Instead of one key: <c>{"holders":[{"key":…,"role":"patient|guardian|officer|recovery","until":…}],"needed":m}</c>.</param>
public sealed record PatientKey(string Patient, JsonElement? Key = null, JsonElement? Keys = null);

/// <summary>The random name under which the patient's decisions are kept.</summary>
public sealed record Enrolment(string Patient, string Subject);

/// <summary>Local ids, and where the next page starts (null at the end).</summary>
public sealed record PatientPage(IReadOnlyList<string> Patients, string? Next);
