using System.Text.Json;

namespace Silos.Protocol;

/// <summary>A dataset as the silo offers it. Nothing in it depends on who consented; sizes are rounded.</summary>
/// <param name="Name">Its name at the silo.</param>
/// <param name="RoundedPatients">Number of patients in its scope, rounded to hundreds.</param>
/// <param name="Version">1 for the first load.</param>
/// <param name="Schema">The schema of FORMATS.md.</param>
/// <param name="Attributes">What each attribute is.</param>
/// <param name="Uses">DUO codes that the hospital allows.</param>
/// <param name="Floors">The hospital's own floors, which the hub cannot lower.</param>
/// <param name="Events">The kinds of events that a cohort's rules may name; none, and rules are on attributes alone.</param>
public sealed record DatasetDescription(
    string Name,
    string Title,
    string Description,
    long RoundedPatients,
    int Version,
    JsonElement Schema,
    IReadOnlyList<AttributeDescription> Attributes,
    IReadOnlyList<string> Uses,
    PolicyFloors Floors,
    IReadOnlyList<string>? Events = null);

/// <summary>An attribute in words, with its role and the department that answers for it.</summary>
public sealed record AttributeDescription(string Name, string Title, string Type, string Role, string? Department, string? Unit);

/// <summary>Smallest cohort class, smallest cell shown, largest ρ (nano, decimal string) a query.</summary>
public sealed record PolicyFloors(int K, int Cell, string RhoPerQuery);
