using System.Globalization;
using Anonymizer.DifferentialPrivacy.Queries;

namespace Anonymizer.Tests.DifferentialPrivacy;

/// <summary>Neighbouring tables of the falsifier's recipe, and the questions that are put to them.</summary>
internal static class AuditPairs
{
    private const string Victim = "victim,64,9.0,20,male,rare,J45";

    private const string Wide =
        """{"privacyUnit":"patient_id","attributes":{"x":{"type":"decimal","step":0.25,"lower":1125899906842623,"upper":1125899906842624} }}""";

    private static readonly string[] Ordinary = Material.Rows(12, 51);

    /// <summary>Pairs (a) to (g): an ordinary patient; one of 1,000 rows; the only member of a group; cells at and over each bound and of no value;
    /// the last of a filter; the last of all; two orders of the same rows.</summary>
    public static readonly string[] OfPatients =
    [
        "ordinary patient", "a thousand rows", "only member of a group", "at the lower bound", "at the upper bound", "under the bounds", "over the bounds",
        "not a number", "infinite", "minus infinite", "null", "minus zero", "last of a filter", "from one to none", "sorted or shuffled",
    ];

    /// <summary>Every pair with every measure, and (h) wide values of a small range, (i) a patient in the 101st group of a cap of 100.</summary>
    public static IEnumerable<(string Pair, string Measure)> Matrix() =>
    [
        .. OfPatients.SelectMany(pair => new[] { "count", "sum", "mean", "quantile", "count by sex", "count by site" }.Select(measure => (pair, measure))),
        ("only member of a group", "count and mean by site"),
        ("wide values", "wide sum"),
        ("wide values", "wide mean"),
        ("one group too many", "count by diagnosis"),
    ];

    public static (string[] With, string[] Without) Tables(string pair) => pair switch
    {
        "ordinary patient" or "last of a filter" => ([.. Ordinary, "victim,64,9.0,20,male,s0,Q99"], Ordinary),
        "a thousand rows" => ([.. Ordinary, .. Enumerable.Repeat(Victim, 1_000)], Ordinary),
        "only member of a group" => ([.. Ordinary, Victim], Ordinary),
        "at the lower bound" => With("0", "4.0", "0"),
        "at the upper bound" => With("120", "14.0", "50"),
        "under the bounds" => With("-1e308", "-1e308", "-1e308"),
        "over the bounds" => With("1e308", "1e308", "1e308"),
        "not a number" => With("NaN", "NaN", "NaN"),
        "infinite" => With("Infinity", "Infinity", "Infinity"),
        "minus infinite" => With("-Infinity", "-Infinity", "-Infinity"),
        "null" => With("", "", ""),
        "minus zero" => With("-0.0", "-0.0", "-0.0"),
        "from one to none" => ([Victim], []),
        "sorted or shuffled" => ([.. Ordinary.Order(StringComparer.Ordinal)], [.. Ordinary.OrderDescending(StringComparer.Ordinal)]),
        "wide values" => ([.. Large, "victim,1125899906842624"], Large),
        "one group too many" => (
            [.. Ordinary, "victim,64,9.0,20,male,s0," + string.Join('|', Enumerable.Range(0, 101).Select(i => $"Z{i}"))], Ordinary),
        _ => throw new ArgumentException($"no pair '{pair}'"),
    };

    public static (Schema Schema, Query Query) Question(string pair, string measure, double epsilon, double delta)
    {
        var loss = string.Create(CultureInfo.InvariantCulture, $$"""{"epsilon":{{epsilon}},"delta":{{delta}}}""");
        if (pair == "wide values")
        {
            var wide = Schema.Parse(Material.Json(Wide));
            return (wide, Material.Ask(wide, $$"""[{"kind":"{{measure.Split(' ')[1]}}","attribute":"x"}]""", loss));
        }

        var schema = Material.Patients(rows: pair == "a thousand rows" ? 3 : 1, groups: pair == "one group too many" ? 100 : 1);
        var by = measure.Split(" by ");
        var groupBy = by.Length == 2 ? $"""["{by[1]}"]""" : "[]";
        var where = pair == "last of a filter" ? """[{"attribute":"diagnosis","in":["Q99"]}]""" : "[]";
        var measures = by[0] switch
        {
            "sum" => """[{"kind":"sum","attribute":"visits"}]""",
            "mean" => """[{"kind":"mean","attribute":"hba1c"}]""",
            "quantile" => """[{"kind":"quantile","attribute":"age","q":0.5}]""",
            "count and mean" => """[{"kind":"count"},{"kind":"mean","attribute":"hba1c"}]""",
            _ => """[{"kind":"count"}]""",
        };
        return (schema, Material.Ask(schema, measures, loss, groupBy, where));
    }

    private static string[] Large { get; } = [.. Enumerable.Range(0, 40).Select(i => $"p{i},1125899906842623.{(i % 2 == 0 ? "25" : "5")}")];

    private static (string[] With, string[] Without) With(string age, string hba1c, string visits) =>
        ([.. Ordinary, $"victim,{age},{hba1c},{visits},male,s0,J45"], Ordinary);
}
