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

    /// <summary>Not-for-profit, non-commercial use only.</summary>
    public const string NonProfitNonCommercial = "DUO:0000018";

    /// <summary>Ethics approval is required: every permit has it.</summary>
    public const string EthicsApproval = "DUO:0000021";

    /// <summary>Only in the countries that the directive names.</summary>
    public const string Geographical = "DUO:0000022";

    /// <summary>Only until the end that the directive names.</summary>
    public const string TimeLimit = "DUO:0000025";

    /// <summary>Only for the projects that the directive names.</summary>
    public const string ProjectSpecific = "DUO:0000027";

    /// <summary>No research on population origins or ancestry.</summary>
    public const string NoAncestry = "DUO:0000044";

    /// <summary>Not-for-profit organisations only.</summary>
    public const string NonProfit = "DUO:0000045";

    /// <summary>Non-commercial use only.</summary>
    public const string NonCommercial = "DUO:0000046";

    private static readonly Dictionary<string, string?> WidenedBy = new(StringComparer.Ordinal)
    {
        [NoRestriction] = null,
        [GeneralResearchUse] = NoRestriction,
        [HealthMedicalBiomedical] = GeneralResearchUse,
        [PopulationOriginsOrAncestry] = GeneralResearchUse,
        [DiseaseSpecific] = HealthMedicalBiomedical,
    };

    private static readonly HashSet<string> Modifiers = new(StringComparer.Ordinal)
    {
        NonProfitNonCommercial, EthicsApproval, Geographical, TimeLimit, ProjectSpecific, NoAncestry, NonProfit, NonCommercial,
    };

    /// <summary>The five permissions.</summary>
    public static IReadOnlyList<string> Permissions { get; } = [.. WidenedBy.Keys.Order(StringComparer.Ordinal)];

    /// <summary>What a directive may name: the permissions, and the modifiers that can be enforced here.</summary>
    public static IReadOnlyList<string> DirectiveCodes { get; } = [.. WidenedBy.Keys.Concat(Modifiers).Order(StringComparer.Ordinal)];

    /// <summary>Whether the code is one of the five permissions.</summary>
    public static bool IsPermission(string code) => WidenedBy.ContainsKey(code);

    /// <summary>Whether a directive may name the code.</summary>
    public static bool IsDirectiveCode(string code) => WidenedBy.ContainsKey(code) || Modifiers.Contains(code);

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

    /// <summary>Whether the ICD-10 code or block that was granted includes the one that is asked: E10-E14 includes E11, and E11 includes E11.9.</summary>
    public static bool CoversDisease(string granted, string? asked)
    {
        if (string.IsNullOrEmpty(asked))
        {
            return false;
        }

        var (from, to) = Range(granted);
        var (first, last) = Range(asked);
        return granted.Contains('.', StringComparison.Ordinal) ? asked.StartsWith(granted, StringComparison.Ordinal)
            : string.CompareOrdinal(from, first) <= 0 && string.CompareOrdinal(last, to) <= 0;
    }

    /// <summary>The three-character categories that a code or block spans.</summary>
    private static (string From, string To) Range(string code) =>
        code.Length == 7 && code[3] == '-' ? (code[..3], code[4..]) : (code[..Math.Min(3, code.Length)], code[..Math.Min(3, code.Length)]);
}
