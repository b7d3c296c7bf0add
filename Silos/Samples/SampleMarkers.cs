namespace Silos.Samples;

/// <summary>Planted words that stand in identifying fields of every sample patient, so that a scan can prove that none came out.</summary>
public static class SampleMarkers
{
    /// <summary>Ends every family name; no real name or word contains it.</summary>
    public const string FamilyName = "Zymarca";

    /// <summary>Begins every street address.</summary>
    public const string Street = "Rua Zylogra";

    /// <summary>Stands in the narrative of every patient, beside the name and the CPF.</summary>
    public const string Narrative = "zynota";
}
