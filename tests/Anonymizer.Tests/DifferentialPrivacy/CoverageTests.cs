using Anonymizer.DifferentialPrivacy.Queries;
using Xunit;

namespace Anonymizer.Tests.DifferentialPrivacy;

public sealed class CoverageTests
{
    /// <summary>Goal: R9, the truth lies inside the stated interval at the stated rate. Method: 1,000 answers with fresh noise on 400 patients of known
    /// truth, seed 41; at least 914 must cover where 950 are promised (false alarm 1e-6), and a count's interval must not be idle: at most 990.</summary>
    [Theory]
    [InlineData("""{"epsilon":1}""")]
    [InlineData("""{"epsilon":1,"delta":1e-6}""")]
    [InlineData("""{"epsilon":8}""")]
    public void A_thousand_intervals_cover_the_truth_at_their_rate(string loss)
    {
        const string Measures = """
            [{"kind":"count"},{"kind":"distinct","attribute":"patient_id"},{"kind":"sum","attribute":"visits"},{"kind":"mean","attribute":"hba1c"},
            {"kind":"variance","attribute":"hba1c"},{"kind":"quantile","attribute":"age","q":0.3},{"kind":"histogram","attribute":"age","edges":[0,40,120]}]
            """;
        var schema = Material.Patients();
        var rows = Material.Rows(400, 42);
        var table = Material.Table(schema, rows);
        var cells = rows.Select(row => row.Split(',')).ToArray();
        var ages = cells.Select(row => decimal.Parse(row[1], null)).Order().ToArray();
        var hba1c = cells.Select(row => decimal.Parse(row[2], null)).ToArray();
        var mean = hba1c.Average();
        var truth = new Dictionary<string, decimal>
        {
            ["count"] = 400,
            ["distinct:patient_id"] = 400,
            ["sum:visits"] = cells.Sum(row => decimal.Parse(row[3], null)),
            ["mean:hba1c"] = mean,
            ["variance:hba1c"] = hba1c.Average(value => (value - mean) * (value - mean)),
            ["quantile:age"] = ages[119],
            ["histogram:age"] = ages.Count(age => age < 40),
        };
        var query = Material.Ask(schema, Measures, loss);
        var covered = truth.Keys.ToDictionary(name => name, _ => 0);
        for (var repeat = 0; repeat < 1_000; repeat++)
        {
            var group = Answering.Run(query, schema, table, [], Material.Source(41).For($"{repeat}")).ToJson()["groups"]![0]!;
            foreach (var (name, value) in truth)
            {
                var interval = (name.StartsWith("histogram", StringComparison.Ordinal) ? group[name]!["bins"]![0]! : group[name]!)["interval95"]!;
                covered[name] += (decimal)interval[0]! <= value && value <= (decimal)interval[1]! ? 1 : 0;
            }
        }

        Assert.All(covered, rate => Assert.True(rate.Value >= 914, $"{rate.Key} covered {rate.Value} of 1,000"));
        Assert.InRange(covered["count"], 914, 990);
    }
}
