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
public sealed record LoadJob(string Id, string Dataset, string Folder, string State, long DoneBytes, long TotalBytes, int? Version = null, string? Reason = null);

/// <summary>The departments that a permit touches at this silo, a dataset each.</summary>
/// <param name="May">Departments that answer for any attribute of the dataset.</param>
/// <param name="Touched">Those whose attributes a question or file under the permit named so far.</param>
public sealed record TouchedDepartments(string Dataset, IReadOnlyList<string> May, IReadOnlyList<string> Touched);
