namespace Silos.Protocol;

/// <summary>What a search in a dataset's hierarchy found.</summary>
/// <param name="More">Whether there are more than are shown.</param>
public sealed record FoundCodes(IReadOnlyList<FoundCode> Codes, bool More);

/// <summary>A code of a hierarchy, or a range or name that lies above codes.</summary>
/// <param name="Code">Such as E11, E10-E14 or 3107.</param>
/// <param name="Label">What it is about, in plain words; null where none are known.</param>
/// <param name="Within">What lies right above it; null at the top.</param>
/// <param name="In">What a cohort's rule lists for it and for all that lies below it.</param>
public sealed record FoundCode(string Code, string? Label, string? Within, IReadOnlyList<string> In);
