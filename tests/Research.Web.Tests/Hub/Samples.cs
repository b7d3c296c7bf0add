using System.Text.Json;
using Research.Api.Protocol;
using Research.Web.Checker;
using Silos.Ledger.Records;

namespace Research.Web.Tests.Hub;

/// <summary>What the fake hub tells.</summary>
internal static class Samples
{
    public const string Time = "2026-11-21T20:15:00.000Z";

    public static string Silo { get; } = Hash32.Of("researchhub.example/serra-verde").ToString();

    public static string Silo2 { get; } = Hash32.Of("researchhub.example/santa-luzia").ToString();

    /// <summary>The researcher's own key, which the sample permit names.</summary>
    public static SigningKey ResearcherKey { get; } = SigningKey.Create();

    public static JsonElement PermitDocument { get; } = JsonSerializer.SerializeToElement(
        new Permit(
            FakeHub.Deployed.ChainId, FakeHub.Deployed.Contract, Nonce.New(), Hash32.Of("salt"), "application-1", "DUO:0000042", new PermitUse("non-profit", "BR"),
            [new PermitDataset(Hash32.Parse(Silo), "chronic-care")], [new PermitPerson(ResearcherKey.Id)], [new PermitCap(Hash32.Parse(Silo), "100000000", "10000000000000")],
            ["statistics", "file"], 11, Time, "2027-11-21T23:59:59.000Z"),
        CanonicalJson.Options);

    public static string PermitId { get; } = Hash32.Of("permit").ToString();

    public static PermitView PermitView => new(
        PermitId, "active", "application-1", "HbA1c control by sex and age", PermitDocument, [Silo], [new RegisterSpent(Silo, "100000000", "10000000000000", 2, "13283050", "0", 1)]);

    public static MyData MyData => new([new MyHospital(Silo, "Serra Verde Hospital", "subject-1", NextSequence: 3, Decision: "permit", AsksAnew: "text")], FakeHub.Deployed.ChainId, FakeHub.Deployed.Contract);

    public static IReadOnlyList<PatientNotice> Notices =>
        [new("new-use", Time, "Serra Verde Hospital", "HbA1c control by sex and age", "We want to know how well diabetes is controlled.", PermitId, HubRoutes.MyDirectives)];

    public static IReadOnlyList<MyUses> Uses =>
    [
        new(
            Silo, "Serra Verde Hospital", true,
            [
                new(5, Time, "denial", null, null, null, null, "0", "0", 0, "over-permit-cap", "permit", false),
                new(4, Time, "statistics", PermitId, "HbA1c control by sex and age", "We want to know how well diabetes is controlled.", "chronic-care", "6641525", "0", 0, null, "permit", true),
                new(3, Time, "file", PermitId, "HbA1c control by sex and age", null, "chronic-care", "0", "0", 1, null, "permit", true),
            ],
            new MyLoss("6641525", "0", 0.613, 65, 1, new Dictionary<string, string>(), new Dictionary<string, string>()), null),
    ];

    public static IReadOnlyList<RegisterItem> Register =>
    [
        new(PermitId, "HbA1c control by sex and age", new Dictionary<string, string> { ["en"] = "We want to know how well diabetes is controlled." }, ["en"], "DUO:0000042", "non-profit", ["Serra Verde Hospital"], ["statistics"], Time, "2027-11-21T23:59:59.000Z", "active", null),
    ];

    public static AuditPage Audit => new(
        [
            new(Silo, "Serra Verde Hospital", 41, Time, "query", "answered", PermitId, "Rosa Researcher", "application-1", "HbA1c control", "DUO:0000042", PermitId, "6641525", "0", "/audit/proof"),
            new(Silo, "Serra Verde Hospital", 42, Time, "denial", "refused", PermitId, null, null, null, null, PermitId, null, null, "/audit/proof"),
        ],
        null, [new LogGap(Silo, 17, 18)], ["Santa Luzia Hospital"]);

    public static IReadOnlyList<CodeView> Codes { get; } =
    [
        new("E10-E14", "diabetes", "E00-E90", ["E10", "E11", "E12", "E13", "E14"]),
        new("E11", "diabetes type 2", "E10-E14", ["E11"]),
        new("I10-I15", "high blood pressure", "I00-I99", ["I10", "I11", "I12", "I13", "I15"]),
    ];

    /// <summary>A witness that vouches for the file that is served, one that vouches for another, one with nothing to say and one that is silent.</summary>
    public static IReadOnlyList<WitnessView> Witnesses { get; } =
    [
        Says("patients.example/witness", WitnessView.Vouches, CheckerFile.Hex),
        Says("board.example/witness", WitnessView.Vouches, Hash32.Of("a changed file").ToHex()[2..]),
        Says("far.example/witness", WitnessView.NoChecker, null),
        Says("asleep.example/witness", WitnessView.Silent, null),
        Says("false.example/witness", WitnessView.NotHers, null),
    ];

    public static IReadOnlyList<AuditAlert> Alerts =>
    [
        new(6, AuditAlert.NearCohorts, Time, "application-1", "HbA1c control by sex and age", PermitId, Silo, "chronic-care",
            """[{"attribute":"age","atLeast":18},{"attribute":"sex","in":["female"]}]""",
            """[{"attribute":"age","atLeast":18},{"attribute":"sex","in":["female"]},{"not":{"attribute":"diagnoses","in":["<b>E11</b>"]}},{"atLeast":2,"event":"visit","withinDays":90}]""", 2),
        new(5, AuditAlert.Repeats, Time, "application-1", "HbA1c control by sex and age", PermitId, Silo, "chronic-care", "[]", "", 10),
        new(4, AuditAlert.MoreNearCohorts, Time, "application-1", "HbA1c control by sex and age", PermitId, Silo, "chronic-care", "2026-11-21", "", 14),
        new(2, AuditAlert.Refusals, Time, "application-2", null, PermitId, Silo2, "no-longer-there", "2026-11-21", "", 20),
    ];

    public static IReadOnlyList<Invoice> Invoices =>
    [
        new("invoice-1", 1, "application-1", "open", new(70000, "BRL", "700.00 BRL"), [new("review", null, new(50000, "BRL", "500.00 BRL")), new("dataset", "Serra Verde Hospital", new(20000, "BRL", "200.00 BRL"))], Time, null, null, null),
        new("invoice-2", 2, "application-2", "paid", new(70000, "BRL", "700.00 BRL"), [new("review", null, new(50000, "BRL", "500.00 BRL"))], Time, Time, null, 7),
    ];

    public static string Preview =>
        """
        {"charged":{"rho":"6641525","delta":"0","epsilon":0.5},"numbers":3,"error95":{"count":34,"mean:hba1c":{"30":4.2,"100":1.1,"1000":0.1}},
         "cohort":{"words":"Patients who\n- must have age from 18","hash":"6gM8JpDgOCH8tgNObXXA_dYKNmGkdMlWkyfhHcVJR6s","warnings":["age from 18: the dataset holds adults alone"]},
         "canonical":"{\"groupBy\":[\"sex\"],\"loss\":{\"delta\":\"0.000001\",\"epsilon\":\"0.5\"},\"measures\":[{\"kind\":\"count\"}]}"}
        """;

    public static string Answer =>
        """
        {"groups":[{"key":{"sex":"female"},"count":{"value":1023,"interval95":[989,1057]},"mean:hba1c":{"value":7.2,"interval95":[7.1,7.3]}},
                   {"key":{"sex":"male"},"count":{"value":877,"interval95":[843,911]},"mean:hba1c":{"value":7.5,"interval95":[7.4,7.6]}},
                   {"key":{"sex":"other"},"suppressed":true}],
         "charged":{"rho":"6641525","delta":"0","epsilon":0.5},
         "remaining":{"permit":{"rho":"80075425","delta":"10000000000000","files":0},"register":{"rho":"480000000","delta":"0","files":1}},
         "receipt":{"body":{"type":"receipt","entry":{"kind":"query","seq":41},"transaction":"0x6f1d0c4e"},"key":{},"signature":""}}
        """;

    public static CatalogueView Catalogue { get; } = new(
        [new CatalogueSilo("Serra Verde Hospital", Silo, true), new CatalogueSilo("Santa Luzia Hospital", Silo2, false)],
        [Item(Silo, "Serra Verde Hospital", 2000), Item(Silo2, "Santa Luzia Hospital", 1900)]);

    public static ApplicationForm Form => new(
        "HbA1c control by sex and age in Minas Gerais", "We want to know how well diabetes is controlled, so that care can go where it is needed.", "DUO:0000042", null, "non-profit", "BR",
        [new DatasetChoice(Silo, "chronic-care")], null, ["statistics"], "2027-11-21", Language: "en", Method: "Counts and means by group.", Safeguards: "Answers only.");

    public static AccountView Account(string email)
    {
        var name = email.Split('@')[0];
        return name switch
        {
            "researcher" => new("a-researcher", email, "Rosa Researcher", [Role.Researcher], "University", "non-profit", null),
            "member1" => new("a-member1", email, "Mara Member", [Role.CommitteeMember, Role.Chair], "Ethics board", null, null),
            "patient1" => new("a-patient1", email, "Patient 1", [Role.Patient], null, null, null),
            "checker1" => new("a-checker1", email, "Chico Checker", [Role.OutputChecker], "Output desk", null, null),
            "official1" => new("a-official1", email, "Olga Official", [Role.SigningOfficial], "University", null, null),
            "auditor" => new("a-auditor", email, "Ana Auditor", [Role.Auditor], "Audit office", null, null),
            "custodian1" => new("a-custodian1", email, "Custodian 1", [Role.Custodian], "hospital-1", null, null),
            "custodian2" => new("a-custodian2", email, "Custodian 2", [Role.Custodian], "No hospital", null, null),
            _ => new("a-other", email, name, [], null, null, null),
        };
    }

    /// <summary>A passkey's name, and the public key of another: nobody can sign with it here.</summary>
    public static IReadOnlyList<PasskeyView> Passkeys { get; } =
        [new("AAAA", "My telephone", Time, JsonSerializer.SerializeToElement(ResearcherKey.Public.Jwk, CanonicalJson.Options), ResearcherKey.Id.ToString())];

    private static WitnessView Says(string name, string says, string? checker)
    {
        using var key = SigningKey.Create();
        return new(name, $"https://{name}/", JsonSerializer.SerializeToElement(key.Public.Jwk, CanonicalJson.Options), says, checker, checker is null ? null : JsonSerializer.SerializeToElement(new { body = new { checker } }));
    }

    private static CatalogueItem Item(string silo, string hospital, long patients) => new(
        silo, hospital, "chronic-care", "Chronic care in Minas Gerais",
        "Adults and children seen by the hospital: age, sex, municipality, diagnoses, latest HbA1c and systolic pressure, encounters.",
        patients, 1, JsonSerializer.SerializeToElement(new { privacyUnit = "patient_id" }),
        [
            new("age", "Age in years", "integer", "quasi-identifying", null, "a"),
            new("sex", "Administrative sex", "category", "quasi-identifying", null, null),
            new("diagnoses", "Diagnoses (ICD-10)", "codes", "sensitive", "Internal medicine", null),
            new("hba1c", "Latest HbA1c in %", "decimal", "sensitive", "Endocrinology", "%"),
            new("sbp", "Latest systolic pressure in mmHg", "integer", "insensitive", "Cardiology", null),
        ],
        ["DUO:0000042"], new CatalogueFloors(11, 11, "6650000"), ["diagnosis", "visit"]);
}
