using Silos.Ingestion.Hierarchies;

namespace Silos.Samples;

/// <summary>A made-up person with a made-up history. Nobody in the sample exists.</summary>
/// <param name="Visits">Oldest first.</param>
public sealed record SamplePatient(
    string Id,
    int Index,
    bool Female,
    DateOnly Born,
    DateOnly? Died,
    Municipality Home,
    string Given,
    string Family,
    string Cpf,
    IReadOnlyList<SampleCondition> Conditions,
    IReadOnlyList<SampleVisit> Visits);

/// <param name="Code">ICD-10, with its dot.</param>
public sealed record SampleCondition(string Code, string Display, DateOnly Onset, bool Resolved);

/// <param name="Class">v3-ActCode: AMB, EMER or IMP.</param>
/// <param name="Systolic">mmHg, or null where it was not measured; <paramref name="Diastolic"/> likewise.</param>
/// <param name="Hba1c">Percent, one decimal, or null.</param>
public sealed record SampleVisit(DateOnly Date, string Class, int? Systolic, int? Diastolic, decimal? Hba1c);
