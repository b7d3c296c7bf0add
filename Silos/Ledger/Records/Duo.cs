namespace Silos.Ledger.Records;

/// <summary>
/// The permissions of the Data Use Ontology and which of them includes which. A permission given for the wider use covers the
/// narrower request, never the reverse; a code that is not known covers nothing and is covered by nothing.
/// </summary>
public static class Duo
{
    public const string NoRestriction = "DUO:0000004";
    public const string HealthMedicalBiomedical = "DUO:0000006";
    public const string DiseaseSpecific = "DUO:0000007";
    public const string PopulationOriginsOrAncestry = "DUO:0000011";
    public const string GeneralResearchUse = "DUO:0000042";

    private static readonly Dictionary<string, string?> WidenedBy = new(StringComparer.Ordinal)
    {
        [NoRestriction] = null,
        [GeneralResearchUse] = NoRestriction,
        [HealthMedicalBiomedical] = GeneralResearchUse,
        [PopulationOriginsOrAncestry] = GeneralResearchUse,
        [DiseaseSpecific] = HealthMedicalBiomedical,
    };

    /// <summary>Whether the code is one of the five permissions.</summary>
    public static bool IsPermission(string code) => WidenedBy.ContainsKey(code);

    /// <summary>Whether what was granted includes what is asked.</summary>
    public static bool Covers(string granted, string asked)
    {
        if (!IsPermission(granted))
        {
            return false;
        }

        for (string? use = asked; use is not null; use = WidenedBy.GetValueOrDefault(use))
        {
            if (use == granted)
            {
                return IsPermission(asked);
            }
        }

        return false;
    }
}
