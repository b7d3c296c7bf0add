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

/// <summary>A question to be tried on synthetic rows.</summary>
/// <param name="Query">The query of FORMATS.md.</param>
public sealed record TrialSubmission(JsonElement Query);

/// <summary>An attribute in words, with its role and the department that answers for it.</summary>
public sealed record CatalogueAttribute(string Name, string Title, string Type, string Role, string? Department, string? Unit);

/// <summary>The hospital's own floors: smallest class, smallest cell shown, largest ρ (nano, decimal string) a query.</summary>
public sealed record CatalogueFloors(int K, int Cell, string RhoPerQuery);
