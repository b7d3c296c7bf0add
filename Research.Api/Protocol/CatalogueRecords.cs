using System.Text.Json;

namespace Research.Api.Protocol;

/// <summary>What the hospitals offer. Nothing in it depends on who consented; sizes are rounded.</summary>
/// <param name="Silos">Every configured silo, also one that does not answer just now.</param>
public sealed record CatalogueView(IReadOnlyList<CatalogueSilo> Silos, IReadOnlyList<CatalogueItem> Datasets);

/// <param name="Register">Register id; null until the silo was reached once.</param>
/// <param name="Reachable">Whether it answered when it was last asked; an older description is shown when not.</param>
public sealed record CatalogueSilo(string Name, string? Register, bool Reachable);

/// <summary>A dataset in the catalogue.</summary>
/// <param name="Silo">Register id of the silo that offers it.</param>
/// <param name="Hospital">Name of the hospital.</param>
/// <param name="Schema">The schema of FORMATS.md.</param>
/// <param name="Uses">DUO codes that the hospital allows.</param>
/// <param name="Events">The kinds of events that a cohort's rules may name.</param>
public sealed record CatalogueItem(
    string Silo,
    string Hospital,
    string Dataset,
    string Title,
    string Description,
    long RoundedPatients,
    int Version,
    JsonElement Schema,
    IReadOnlyList<CatalogueAttribute> Attributes,
    IReadOnlyList<string> Uses,
    CatalogueFloors Floors,
    IReadOnlyList<string>? Events = null);

/// <summary>What a search in a dataset's hierarchy found; nothing in it depends on anybody's records.</summary>
/// <param name="More">Whether there are more than are shown.</param>
public sealed record CodesView(IReadOnlyList<CodeView> Codes, bool More);

/// <summary>A code, or a range or name that lies above codes.</summary>
/// <param name="Code">Such as E11, E10-E14 or 3107.</param>
/// <param name="Label">What it is about, in plain English words; null where none are known.</param>
/// <param name="Within">What lies right above it; null at the top.</param>
/// <param name="In">What a cohort's rule lists for it and for all that lies below it.</param>
public sealed record CodeView(string Code, string? Label, string? Within, IReadOnlyList<string> In);

/// <summary>A question to be tried on synthetic rows.</summary>
/// <param name="Query">The query of FORMATS.md.</param>
public sealed record TrialSubmission(JsonElement Query);

/// <summary>An attribute in words, with its role and the department that answers for it.</summary>
public sealed record CatalogueAttribute(string Name, string Title, string Type, string Role, string? Department, string? Unit);

/// <summary>The hospital's own floors: smallest class, smallest cell shown, largest ρ (nano, decimal string) a query.</summary>
public sealed record CatalogueFloors(int K, int Cell, string RhoPerQuery);
