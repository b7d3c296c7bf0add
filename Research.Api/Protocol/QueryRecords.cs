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
/// <param name="Decision">Of her newest directive: <c>permit</c>, <c>deny</c>, or null for none: silence is no.</param>
/// <param name="AsksAnew">Why a permit does not count at present until she signs again: <c>text</c> (it changed materially), <c>majority</c> (a guardian signed it), <c>keys</c> (they were replaced); else null.</param>
/// <param name="Needed">Signatures that a directive needs.</param>
/// <param name="Texts">What may be signed there now; none, and any text may.</param>
public sealed record MyHospital(
    string Silo,
    string Hospital,
    string Subject,
    int? NextSequence = null,
    int? NextKeyChange = null,
    string? Decision = null,
    string? AsksAnew = null,
    int? Needed = null,
    IReadOnlyList<MyConsentText>? Texts = null);

/// <summary>A consent text that may be signed: the SHA-256 (base64url) of its UTF-8 bytes, its language and version, and the words.</summary>
public sealed record MyConsentText(string Hash, string Language, string Version, string Words);

/// <summary>What one hospital said to the patient's no.</summary>
/// <param name="Recorded">False when the hospital did not answer: ask again, nothing else was changed.</param>
/// <param name="Receipt">The hospital's signed consent receipt.</param>
public sealed record StopResult(string Silo, string Hospital, bool Recorded, string? Reason, JsonElement? Receipt = null);

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
