using System.Text.Json;
using Research.Api.Protocol;
using Silos.Ledger.Records;

namespace Research.Web.Tests.Hub;

/// <summary>Loads of a hospital in every state, another that does not answer, and a quality report as a silo seals it.</summary>
internal static class SampleLoads
{
    public static LoadsView View { get; } = new(
        [
            new HospitalLoads(
                Samples.Silo, "Serra Verde Hospital",
                [
                    new LoadView("load-4", "chronic-care", "reading", 42, null, "2026-11-22T08:30:00.000Z"),
                    new LoadView("load-3", "second-set", "failed", 17, null, "2026-11-21T21:00:00.000Z"),
                    new LoadView("load-2", "chronic-care", "published", 100, 2, Samples.Time),
                ]),
            new HospitalLoads(null, "Santa Luzia Hospital", null),
        ],
        FakeHub.Deployed.ChainId, FakeHub.Deployed.Contract);

    /// <summary>A dataset with a figure, one that is too small to be told, and one that waits for the board; a hospital that does not answer.</summary>
    public static IReadOnlyList<HospitalConsents> Consents { get; } =
    [
        new(Samples.Silo, "Serra Verde Hospital",
        [
            Figures("chronic-care",
                new ConsentFigure(Samples.PermitId, "DUO:0000042", "current", "9700000", 2, Samples.Time, new NoisyNumber(1893, 1810, 1976)),
                new ConsentFigure(Samples.PermitId, "DUO:0000007", "exhausted", "100000", 1, Samples.Time, null)),
            Figures("second-set"),
        ]),
        new(null, "Santa Luzia Hospital", null),
    ];

    private static ConsentFigures Figures(string dataset, params ConsentFigure[] figures) => new(
        dataset, JsonSerializer.SerializeToElement(Samples.ResearcherKey.Public.Jwk, CanonicalJson.Options), JsonSerializer.Deserialize<JsonElement>("""{"measures":[{"kind":"count"}],"loss":{"epsilon":0.1,"delta":1e-6}}"""), "300000", 86_400, figures);

    /// <summary>As the silo writes it. The number of patients occurs nowhere else.</summary>
    public static string Quality =>
        """
        {"dataset":"chronic-care","version":2,
         "report":{"patients":73519,"read":412008,"loaded":411995,"rejected":13,"complete":false,"bytes":734003200,"elapsed":"00:01:12.3456789",
          "types":[{"type":"Patient","read":73530,"loaded":73519,"rejected":11,"ignored":false},{"type":"Observation","read":338466,"loaded":338464,"rejected":2,"ignored":false},{"type":"Practitioner","read":12,"loaded":12,"rejected":0,"ignored":true}],
          "faults":[{"file":"Condition.003.ndjson.gz","line":8812,"reason":"the gzip stream ends early"}],
          "attributes":[{"name":"age","filled":73519,"empty":0,"outOfBounds":3,"unreadable":0,"unmapped":0,"minimum":"0","maximum":"107","distinct":108},
           {"name":"diagnoses","filled":60213,"empty":13306,"outOfBounds":0,"unreadable":0,"unmapped":215,"minimum":null,"maximum":null,"distinct":811},
           {"name":"hba1c","filled":20777,"empty":52742,"outOfBounds":9,"unreadable":4,"unmapped":0,"minimum":"3.9","maximum":"15.2","distinct":112}],
          "rejections":[{"file":"Patient.001.ndjson","line":17,"type":"Patient","reason":"the id came before"},{"file":"Patient.001.ndjson","line":902,"type":"Patient","reason":"the id came before"},{"file":"Observation.007.ndjson","line":41,"type":"Observation","reason":"<b>refers to an absent patient</b>"}],
          "problems":[{"file":"Observation.002.ndjson","line":77,"attribute":"hba1c","reason":"outside the bounds"}]},
         "loads":[{"id":"load-2","dataset":"chronic-care","folder":"/srv/exports/2026-11","state":"published","doneBytes":734003200,"totalBytes":734003200,"version":2,"reason":null,"begun":"2026-11-21T20:15:00.000Z"}]}
        """;
}
