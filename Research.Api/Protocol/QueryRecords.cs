using System.Text.Json;

namespace Research.Api.Protocol;

/// <summary>Prices a query without asking it.</summary>
/// <param name="Silo">Register id.</param>
/// <param name="Permit">Permit id under which it would be asked, whose smallest cell may be above the hospital's; null for the hospital's alone.</param>
public sealed record PreviewSubmission(string Silo, string Dataset, JsonElement Query, string? Permit = null);

/// <summary>A query on its way to the silo that its signed body names.</summary>
/// <param name="Signed">The signed record of type <c>query</c>.</param>
/// <param name="Query">The query of FORMATS.md; its canonical form hashes to the signed queryHash.</param>
/// <param name="Delegation">The signed delegation, when a session key signed.</param>
/// <param name="Permit">Permit id, if given equal to the signed one.</param>
/// <param name="Fresh">If given, equal to the signed <c>fresh</c>.</param>
public sealed record QueryRelay(JsonElement Signed, JsonElement Query, JsonElement? Delegation = null, string? Permit = null, bool? Fresh = null);

/// <summary>The caller's enrolments.</summary>
/// <param name="ChainId">Chain that her directives must name, decimal.</param>
/// <param name="Contract">Address of Members there, which her directives must name too.</param>
public sealed record MyData(IReadOnlyList<MyHospital> Hospitals, string ChainId, string Contract);

/// <summary>A hospital that the patient's account is linked to, by the random name of her enrolment there.</summary>
/// <param name="NextSequence">The number that her next directive there must have; null while the hospital does not answer.</param>
/// <param name="NextKeyChange">The number that her next change of keys must have.</param>
/// <param name="Decision">Of her newest directive: <c>permit</c>, <c>deny</c>, or null for none: silence is no, but for <paramref name="SilencePermits"/>.</param>
/// <param name="AsksAnew">Why a permit does not count at present until she signs again: <c>text</c> (it changed materially), <c>majority</c> (a guardian signed it), <c>keys</c> (they were replaced); else null.</param>
/// <param name="Needed">Signatures that a directive needs.</param>
/// <param name="Texts">What may be signed there now; none, and any text may.</param>
/// <param name="SilencePermits">Titles of the datasets there for whose statistics silence permits, by the board's quorum; a file always needs her own choice.</param>
public sealed record MyHospital(
    string Silo,
    string Hospital,
    string Subject,
    int? NextSequence = null,
    int? NextKeyChange = null,
    string? Decision = null,
    string? AsksAnew = null,
    int? Needed = null,
    IReadOnlyList<MyConsentText>? Texts = null,
    IReadOnlyList<string>? SilencePermits = null);

/// <summary>A consent text that may be signed: the SHA-256 (base64url) of its UTF-8 bytes, its language and version, and the words.</summary>
public sealed record MyConsentText(string Hash, string Language, string Version, string Words);

/// <summary>What one hospital said to the patient's no.</summary>
/// <param name="Recorded">False when the hospital did not answer: ask again, nothing else was changed.</param>
/// <param name="Receipt">The hospital's signed consent receipt.</param>
public sealed record StopResult(string Silo, string Hospital, bool Recorded, string? Reason, JsonElement? Receipt = null);

/// <summary>A patient's own signed request (proof, history, erasure) to one hospital.</summary>
/// <param name="Silo">Register id.</param>
public sealed record PatientRequestRelay(string Silo, JsonElement Request);

/// <summary>Who used the patient's records at one hospital, newest first.</summary>
/// <param name="Answers">Whether the hospital answered; without, the list is empty and says nothing.</param>
/// <param name="Loss">What could have been learned in all.</param>
/// <param name="Limit">What no withdrawal can undo, in words; null when nothing left while she permitted.</param>
public sealed record MyUses(string Silo, string Hospital, bool Answers, IReadOnlyList<MyUse> Uses, MyLoss? Loss, string? Limit);

/// <summary>One release, refused attempt, or reading of this list.</summary>
/// <param name="Kind"><c>statistics</c>, <c>file</c>, <c>failed</c>, <c>denial</c>, <c>read</c>.</param>
/// <param name="Seq">Its entry in the hospital's log.</param>
/// <param name="Project">The project's title, and in plain words what it is for.</param>
/// <param name="Reason">Of a denial: its code.</param>
/// <param name="Decided">What she had decided when it was used: <c>permit</c>, <c>deny</c>, <c>none</c>; <c>silence</c> when she had decided nothing and the board had said that silence permits.</param>
/// <param name="CannotBeRecalled">It left while she permitted, and stays out there whatever she decides now.</param>
public sealed record MyUse(
    long? Seq, string Time, string Kind, string? Permit, string? Project, string? Summary, string? Dataset, string Rho, string Delta, int Files, string? Reason, string? Decided, bool CannotBeRecalled);

/// <summary>Privacy loss, charged alike to everybody in the dataset's scope: exact sums in nano-rho and atto-delta.</summary>
/// <param name="Epsilon">ε at δ = 1e-6 by ρ + 2√(ρ ln(1/δ)) (Bun and Steinke 2016, proposition 1.3), rounded up to thousandths.</param>
/// <param name="OddsOf100">Somebody guessing whether she took part is right at most so many times in 100, rather than 50: e^ε ÷ (1 + e^ε), rounded up.</param>
/// <param name="Files">Files released, whose loss cannot be measured.</param>
public sealed record MyLoss(string Rho, string Delta, double Epsilon, int OddsOf100, int Files, IReadOnlyDictionary<string, string> RhoByPermit, IReadOnlyDictionary<string, string> RhoByYear);

/// <summary>A signed change of who may sign for the patient at one hospital.</summary>
/// <param name="Silo">Register id.</param>
public sealed record KeyChangeRelay(string Silo, JsonElement Change);

/// <summary>The code of a hospital's invitation.</summary>
public sealed record LinkRequest(string Code);

/// <summary>Signed directives for one silo, up to 100.</summary>
/// <param name="Silo">Register id.</param>
public sealed record DirectiveRelay(string Silo, IReadOnlyList<JsonElement> Directives);

/// <summary>Whether one directive was recorded; <paramref name="Reason"/> when not: field, value and what is allowed.</summary>
/// <param name="Receipt">The hospital's signed consent receipt, when it was.</param>
public sealed record DirectiveResult(bool Recorded, string? Reason, JsonElement? Receipt = null);

/// <summary>A log entry as it was hashed, and its inclusion proof in a signed checkpoint.</summary>
/// <param name="Checkpoint">The signed note (C2SP tlog-checkpoint).</param>
/// <param name="Proof">base64url hashes from the leaf upwards.</param>
public sealed record ProvenEntry(JsonElement Entry, string Checkpoint, IReadOnlyList<string> Proof, string? Transaction);
