using System.Text.Json;
using Research.Api.Protocol;
using Silos.Ledger.Records;

namespace Research.Web.Tests.Hub;

/// <summary>Two dashboards: one with figures and an alarm, one that waits for the board.</summary>
internal static class SampleDashboards
{
    private static readonly string[] Regions = ["3101", "3102", "3103", "3104", "3105", "3106", "3107", "3108", "3109", "3110", "3111", "3112"];

    private static readonly JsonElement Question = JsonSerializer.Deserialize<JsonElement>(
        """{"groupBy":["mesoregion"],"measures":[{"kind":"count"}],"loss":{"epsilon":0.5,"delta":0.000001},"where":[{"attribute":"diagnoses","in":["A90","A91"]}]}""");

    public static DashboardList List { get; } = new([Shown(Samples.Silo, "Serra Verde Hospital", true), Shown(Samples.Silo2, "Santa Luzia Hospital", false)], []);

    private static HospitalDashboard Shown(string silo, string hospital, bool granted) => new(silo, hospital, new Dashboard(
        "chronic-care", "Chronic disease and dengue in Minas Gerais", "minas-gerais", granted ? "current" : "waiting",
        JsonSerializer.SerializeToElement(Samples.ResearcherKey.Public.Jwk, CanonicalJson.Options), granted ? Samples.PermitId : null, "19924575", granted ? "80075425" : null, 86400,
        [new("people", Question), new("chronic", Question), new("signal", Question)],
        new("Diabetes, hypertension, heart, kidney or lung disease", ["E11", "I10"]), new("Dengue", ["A90", "A91"]),
        granted ? new DashboardRefresh(4, Samples.Time, [.. Regions.SelectMany(Rows)], new Dictionary<string, JsonElement> { ["signal"] = Question }) : null,
        new OutbreakWatch(0.01, 0.95, granted ? 4 : 0, 4, granted ? [.. Regions.Select(Signal)] : [])));

    private static IEnumerable<DashboardRow> Rows(string region)
    {
        var people = 40 + (110 * (region[3] - '0'));
        yield return Row(region, null, null, people);
        for (var from = 0; from < 100; from += 20)
        {
            yield return Row(region, from, from + 20, people / 5);
        }
    }

    private static DashboardRow Row(string region, int? from, int? below, int people)
    {
        if (region == "3103")
        {
            return new(region, from, below, null, null, null);
        }

        var chronic = people * (region[3] - '0' + 10) / 40;
        return new(region, from, below, Number(people), Number(chronic), people < 30 ? null : new(Math.Round((double)chronic / people, 4), Math.Max(0, (chronic - 24.0) / (people + 24)), Math.Min(1, (chronic + 24.0) / Math.Max(1, people - 24))));
    }

    private static RegionSignal Signal(string region) => region switch
    {
        "3103" => new(region, null, null, null, null, false),
        "3105" => new(region, Number(171), 96.5, 48.8, 86, true),
        _ => new(region, Number(52), -4.5, 46.2, 82, false),
    };

    private static NoisyNumber Number(double value) => new(value, Math.Max(0, value - 24), value + 24);
}
