using System.Text.Json;

namespace Research.Api.Protocol;

/// <summary>Prices a query without asking it.</summary>
/// <param name="Silo">Register id.</param>
public sealed record PreviewSubmission(string Silo, string Dataset, JsonElement Query);

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
public sealed record MyHospital(string Silo, string Hospital, string Subject);

/// <summary>The code of a hospital's invitation.</summary>
public sealed record LinkRequest(string Code);

/// <summary>Signed directives for one silo, up to 100.</summary>
/// <param name="Silo">Register id.</param>
public sealed record DirectiveRelay(string Silo, IReadOnlyList<JsonElement> Directives);

/// <summary>Whether one directive was recorded; <paramref name="Reason"/> when not.</summary>
public sealed record DirectiveResult(bool Recorded, string? Reason);

/// <summary>A log entry as it was hashed, and its inclusion proof in a signed checkpoint.</summary>
/// <param name="Checkpoint">The signed note (C2SP tlog-checkpoint).</param>
/// <param name="Proof">base64url hashes from the leaf upwards.</param>
public sealed record ProvenEntry(JsonElement Entry, string Checkpoint, IReadOnlyList<string> Proof, string? Transaction);
