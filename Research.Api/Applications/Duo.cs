namespace Research.Api.Applications;

/// <summary>How a modifier is judged.</summary>
internal enum DuoRule
{
    Unknown,
    Permission,
    NotForProfit,
    Obligation,
    NoAncestry,
    NoMethods,
    Country,
    Extension,
    Person,
}

/// <summary>The 25 terms of the Data Use Ontology (EBISPOT/DUO 81f5c3d9, CC BY 4.0), as far as matching needs them.</summary>
internal static class Duo
{
    public const string NoRestriction = "DUO:0000004";
    public const string General = "DUO:0000042";
    public const string Biomedical = "DUO:0000006";
    public const string DiseaseSpecific = "DUO:0000007";
    public const string Ancestry = "DUO:0000011";
    public const string NotForProfitOrganisation = "DUO:0000045";

    private static readonly Dictionary<string, (string Name, DuoRule Rule)> Terms = new()
    {
        [NoRestriction] = ("no restriction", DuoRule.Permission),
        [General] = ("general research use", DuoRule.Permission),
        [Biomedical] = ("health or medical or biomedical research", DuoRule.Permission),
        [DiseaseSpecific] = ("disease specific research", DuoRule.Permission),
        [Ancestry] = ("population origins or ancestry research only", DuoRule.Permission),
        ["DUO:0000001"] = ("data use permission", DuoRule.Person),
        ["DUO:0000017"] = ("data use modifier", DuoRule.Person),
        ["DUO:0000012"] = ("research specific restrictions", DuoRule.Person),
        ["DUO:0000015"] = ("no general methods research", DuoRule.NoMethods),
        ["DUO:0000016"] = ("genetic studies only", DuoRule.Person),
        ["DUO:0000018"] = ("not for profit, non commercial use only", DuoRule.NotForProfit),
        ["DUO:0000019"] = ("publication required", DuoRule.Obligation),
        ["DUO:0000020"] = ("collaboration required", DuoRule.Obligation),
        ["DUO:0000021"] = ("ethics approval required", DuoRule.Obligation),
        ["DUO:0000022"] = ("geographical restriction", DuoRule.Country),
        ["DUO:0000024"] = ("publication moratorium", DuoRule.Obligation),
        ["DUO:0000025"] = ("time limit on use", DuoRule.Person),
        ["DUO:0000026"] = ("user specific restriction", DuoRule.Person),
        ["DUO:0000027"] = ("project specific restriction", DuoRule.Person),
        ["DUO:0000028"] = ("institution specific restriction", DuoRule.Person),
        ["DUO:0000029"] = ("return to database or resource", DuoRule.Obligation),
        ["DUO:0000043"] = ("clinical care use", DuoRule.Extension),
        ["DUO:0000044"] = ("population origins or ancestry research prohibited", DuoRule.NoAncestry),
        [NotForProfitOrganisation] = ("not for profit organisation use only", DuoRule.NotForProfit),
        ["DUO:0000046"] = ("non-commercial use only", DuoRule.NotForProfit),
    };

    /// <summary>The next wider permission; none above "no restriction".</summary>
    private static readonly Dictionary<string, string> Wider = new()
    {
        [General] = NoRestriction,
        [Biomedical] = General,
        [Ancestry] = General,
        [DiseaseSpecific] = Biomedical,
    };

    public static bool IsPermission(string code) => RuleOf(code) == DuoRule.Permission;

    public static DuoRule RuleOf(string code) => Terms.TryGetValue(code, out var term) ? term.Rule : DuoRule.Unknown;

    /// <summary>The term's label, or the code itself.</summary>
    public static string Name(string code) => Terms.TryGetValue(code, out var term) ? $"'{term.Name}'" : code;

    /// <summary>Whether everything that the purpose covers is covered by the permission: a request for disease-specific use fits general use, not the reverse.</summary>
    public static bool Subsumes(string permission, string purpose)
    {
        for (var at = purpose; ; at = Wider[at])
        {
            if (at == permission)
            {
                return true;
            }

            if (!Wider.ContainsKey(at))
            {
                return false;
            }
        }
    }
}
