using Silos.Ledger.Records;

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

/// <summary>The 25 terms of the Data Use Ontology (EBISPOT/DUO 81f5c3d9, CC BY 4.0), by name and by how matching judges them. Which permission covers which is <see cref="Duo.Covers"/>.</summary>
internal static class DuoTerms
{
    private static readonly Dictionary<string, (string Name, DuoRule Rule)> Terms = new()
    {
        [Duo.NoRestriction] = ("no restriction", DuoRule.Permission),
        [Duo.GeneralResearchUse] = ("general research use", DuoRule.Permission),
        [Duo.HealthMedicalBiomedical] = ("health or medical or biomedical research", DuoRule.Permission),
        [Duo.DiseaseSpecific] = ("disease specific research", DuoRule.Permission),
        [Duo.PopulationOriginsOrAncestry] = ("population origins or ancestry research only", DuoRule.Permission),
        ["DUO:0000001"] = ("data use permission", DuoRule.Person),
        ["DUO:0000017"] = ("data use modifier", DuoRule.Person),
        ["DUO:0000012"] = ("research specific restrictions", DuoRule.Person),
        ["DUO:0000015"] = ("no general methods research", DuoRule.NoMethods),
        ["DUO:0000016"] = ("genetic studies only", DuoRule.Person),
        [Duo.NonProfitNonCommercial] = ("not for profit, non commercial use only", DuoRule.NotForProfit),
        ["DUO:0000019"] = ("publication required", DuoRule.Obligation),
        ["DUO:0000020"] = ("collaboration required", DuoRule.Obligation),
        [Duo.EthicsApproval] = ("ethics approval required", DuoRule.Obligation),
        [Duo.Geographical] = ("geographical restriction", DuoRule.Country),
        ["DUO:0000024"] = ("publication moratorium", DuoRule.Obligation),
        [Duo.TimeLimit] = ("time limit on use", DuoRule.Person),
        ["DUO:0000026"] = ("user specific restriction", DuoRule.Person),
        [Duo.ProjectSpecific] = ("project specific restriction", DuoRule.Person),
        ["DUO:0000028"] = ("institution specific restriction", DuoRule.Person),
        ["DUO:0000029"] = ("return to database or resource", DuoRule.Obligation),
        ["DUO:0000043"] = ("clinical care use", DuoRule.Extension),
        [Duo.NoAncestry] = ("population origins or ancestry research prohibited", DuoRule.NoAncestry),
        [Duo.NonProfit] = ("not for profit organisation use only", DuoRule.NotForProfit),
        [Duo.NonCommercial] = ("non-commercial use only", DuoRule.NotForProfit),
    };

    public static DuoRule RuleOf(string code) => Terms.TryGetValue(code, out var term) ? term.Rule : DuoRule.Unknown;

    /// <summary>The term's label, or the code itself.</summary>
    public static string Name(string code) => Terms.TryGetValue(code, out var term) ? $"'{term.Name}'" : code;
}
