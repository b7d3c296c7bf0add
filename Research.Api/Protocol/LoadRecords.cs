using System.Text.Json;

namespace Research.Api.Protocol;

/// <summary>Loads of the caller's own hospitals.</summary>
/// <param name="Hospitals">None where no silo names the caller's institution.</param>
/// <param name="ChainId">What an officer's request must name.</param>
/// <param name="Contract">What an officer's request must name.</param>
public sealed record LoadsView(IReadOnlyList<HospitalLoads> Hospitals, string ChainId, string Contract);

/// <summary>A hospital's loads since its silo's process began, newest first.</summary>
/// <param name="Silo">Register id; null while the silo never answered.</param>
/// <param name="Loads">Null while the silo does not answer.</param>
public sealed record HospitalLoads(string? Silo, string Hospital, IReadOnlyList<LoadView>? Loads);

/// <summary>How far a load is.</summary>
/// <param name="State"><c>reading</c>, <c>committing</c>, <c>anchoring</c>, <c>published</c> or <c>failed</c>.</param>
/// <param name="Percent">Share of the files that was read, 0 to 100.</param>
/// <param name="Version">The dataset's version that it made, once it is made.</param>
/// <param name="Begun">RFC 3339 UTC.</param>
public sealed record LoadView(string Id, string Dataset, string State, int Percent, int? Version, string? Begun);

/// <summary>An officer's signed <c>officer-request</c> on its way to the own hospital's silo.</summary>
/// <param name="Silo">Register id.</param>
public sealed record OfficerRelay(string Silo, JsonElement Request);
