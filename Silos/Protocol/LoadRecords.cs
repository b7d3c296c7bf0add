using System.Text.Json;

namespace Silos.Protocol;

/// <summary>A load that the hospital's officer asks for.</summary>
/// <param name="Folder">A folder on the silo's own machine.</param>
/// <param name="Definition">A definition file there; null for the dataset's registered one.</param>
/// <param name="Dataset">The registered dataset, where no definition is given.</param>
/// <param name="ReferenceDate">The day on which ages are counted, yyyy-MM-dd; today by default.</param>
public sealed record LoadRequest(string Folder, string? Definition = null, string? Dataset = null, string? ReferenceDate = null);

/// <summary>How far a load is.</summary>
/// <param name="State"><c>reading</c>, <c>committing</c>, <c>anchoring</c>, <c>published</c> or <c>failed</c>.</param>
/// <param name="DoneBytes">Packed bytes read, of <paramref name="TotalBytes"/>.</param>
/// <param name="Version">The version that it made, once it is made.</param>
/// <param name="Begun">RFC 3339 UTC.</param>
public sealed record LoadJob(string Id, string Dataset, string Folder, string State, long DoneBytes, long TotalBytes, int? Version = null, string? Reason = null, string? Begun = null);

/// <summary>How far a load is, as a hub may know it: no folder, no reason, and nothing of what was read but the share.</summary>
/// <param name="State">As in <see cref="LoadJob"/>.</param>
/// <param name="Percent">Share of the packed bytes that was read, 0 to 100.</param>
/// <param name="Begun">RFC 3339 UTC.</param>
public sealed record LoadStanding(string Id, string Dataset, string State, int Percent, int? Version, string? Begun);

/// <summary>A signed record of type <c>officer-request</c>.</summary>
public sealed record OfficerSubmission(JsonElement Request);

/// <summary>What an officer's request gave.</summary>
/// <param name="Sealed">The answer as a compact JWE, which only the officer opens: <see cref="QualityView"/>; null where there is nothing to tell, as of a load that was begun.</param>
public sealed record OfficerAnswer(string? Sealed);

/// <summary>A dataset's quality report with its loads since the process began: exact counts, for the hospital's officers alone.</summary>
/// <param name="Version">The newest version; null while there is none, as after a first load that failed.</param>
/// <param name="Report">The load's report; null while there is no version.</param>
/// <param name="Loads">Newest first, with folders and reasons.</param>
public sealed record QualityView(string Dataset, long? Version, JsonElement? Report, IReadOnlyList<LoadJob> Loads);

/// <summary>The departments that a permit touches at this silo, a dataset each.</summary>
/// <param name="May">Departments that answer for any attribute of the dataset.</param>
/// <param name="Touched">Those whose attributes a question or file under the permit named so far.</param>
public sealed record TouchedDepartments(string Dataset, IReadOnlyList<string> May, IReadOnlyList<string> Touched);
