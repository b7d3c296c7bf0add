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
/// <param name="AsksAnew">Why a permit does not count at present until she signs again: <c>text</c>, <c>majority</c>, <c>keys</c>, or <c>moved</c> when what she signed was for another hospital; else null.</param>
/// <param name="Needed">Signatures that she needs.</param>
/// <param name="Texts">What may be signed now; none, and any text may.</param>
/// <param name="SilencePermits">Titles of the datasets for whose statistics a patient who decided nothing counts as permitting, by the board's quorum.</param>
public sealed record ConsentStanding(
    string Silo, int NextSequence, int NextKeyChange, string? Decision, string? AsksAnew, int Needed, IReadOnlyList<StandingHolder> Holders, IReadOnlyList<StandingText> Texts, IReadOnlyList<string>? SilencePermits = null);

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

/// <summary>A signed record of type <c>consent-request</c>.</summary>
public sealed record PatientRequest(JsonElement Request);

/// <summary>The answer to a patient's own request: open, or sealed (JWE) to the key that she named; neither for an erasure that was done.</summary>
public sealed record PatientAnswer(JsonElement? Answer, string? Sealed);

/// <summary>A patient and the signed <c>consent-history</c> that she brought from another hospital.</summary>
public sealed record HistoryImport(string Patient, JsonElement History);

/// <summary>Who is to be erased, by the hospital's officer.</summary>
public sealed record Erasing(string Subject);

/// <summary>A FHIR R4 Consent of an enrolled patient.</summary>
/// <param name="Patient">The hospital's local id; the resource's patient must be she where it names one.</param>
public sealed record FhirImport(string Patient, JsonElement Consent);

/// <summary>What a FHIR Consent came to.</summary>
/// <param name="Decision"><c>permit</c>, or <c>deny</c> for whatever cannot be decided.</param>
/// <param name="Recorded">An express no was recorded at once. A permit is never recorded from a resource: it must be signed.</param>
/// <param name="ToSign">For a permit: the directive that she, or two officers, would sign.</param>
/// <param name="Receipt">Of a recorded no.</param>
public sealed record FhirOutcome(string Decision, IReadOnlyList<string> Reasons, bool Recorded, JsonElement? ToSign, JsonElement? Receipt);

/// <summary>What was done with a patient's records, newest first, and what could have been learned by it.</summary>
/// <param name="Silo">Register id.</param>
public sealed record PatientUses(string Silo, IReadOnlyList<PatientUse> Uses, PatientLoss Loss);

/// <summary>One release, refusal or reading.</summary>
/// <param name="Seq">Its entry in the silo's log; null for one that failed before it had an entry.</param>
/// <param name="Kind"><c>statistics</c>, <c>file</c>, <c>failed</c> (charged, nothing left), <c>denial</c>, <c>read</c> (somebody read this list).</param>
/// <param name="Rho">Charged to everybody in the dataset's scope alike, nano-rho.</param>
/// <param name="Reason">Of a denial: its code.</param>
/// <param name="Decided">What the patient had decided in the snapshot that was used: <c>permit</c>, <c>deny</c>, <c>none</c>; <c>silence</c> when she had decided nothing and the board had said that silence permits.</param>
/// <param name="CannotBeRecalled">It left while she permitted, or her silence did: whoever withdraws stays in what is out there.</param>
public sealed record PatientUse(
    long? Seq, string Time, string Kind, string? Permit, string? Dataset, string? Output, string Rho, string Delta, int Files, string? Reason, string? Decided, bool CannotBeRecalled);

/// <summary>What could have been learned about anybody in these datasets, exactly: the sums of what was charged. A file's part cannot be measured and is counted.</summary>
public sealed record PatientLoss(LossSum Total, int Files, IReadOnlyDictionary<string, LossSum> ByPermit, IReadOnlyDictionary<string, LossSum> ByYear);

/// <summary>Nano-rho and atto-delta.</summary>
public sealed record LossSum(string Rho, string Delta);
