using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Anonymizer.DifferentialPrivacy;
using Anonymizer.DifferentialPrivacy.Queries;
using Anonymizer.Tables;
using Xunit;

namespace Anonymizer.Tests.DifferentialPrivacy;

public sealed class QueryTests
{
    private const string Count = """[{"kind":"count"}]""";

    /// <summary>Goal: the price is the one that the formats print. Method: ε 0.5 at δ 1e-6; pure ε 0.5; private keys spend half of δ.</summary>
    [Theory]
    [InlineData("""{"epsilon":0.5,"delta":1e-6}""", "[]", 6_641_525, 0)]
    [InlineData("""{"epsilon":0.5}""", "[]", 125_000_000, 0)]
    [InlineData("""{"epsilon":"0.5","delta":0}""", "[]", 125_000_000, 0)]
    [InlineData("""{"epsilon":0.000001}""", "[]", 1, 0)]
    [InlineData("""{"epsilon":2,"delta":1e-6}""", """["site"]""", 83_441_718, 500_000_000_000)]
    public void A_charge_is_rounded_up_to_the_ledgers_grid(string loss, string groupBy, ulong rho, ulong delta)
    {
        var schema = Material.Patients();
        Assert.Equal(new PrivacyLoss(rho, delta), Pricing.Charge(Material.Ask(schema, Count, loss, groupBy), schema));
    }

    /// <summary>Goal: R5, the charge equals the preview, and a mean takes two numbers. Method: count, sum, mean and group-by, previewed and then answered.</summary>
    [Theory]
    [InlineData(Count, "[]", 1)]
    [InlineData("""[{"kind":"sum","attribute":"visits"}]""", "[]", 1)]
    [InlineData("""[{"kind":"mean","attribute":"hba1c"}]""", "[]", 2)]
    [InlineData("""[{"kind":"count"},{"kind":"mean","attribute":"hba1c"}]""", """["sex"]""", 3)]
    [InlineData("""[{"kind":"count"}]""", """["site"]""", 2)]
    public void A_preview_shows_what_is_later_charged(string measures, string groupBy, int numbers)
    {
        var schema = Material.Patients();
        var query = Material.Ask(schema, measures, """{"epsilon":0.5,"delta":1e-6}""", groupBy);
        var preview = Preview.Of(query, schema);
        var answer = Answering.Run(query, schema, Material.Table(schema, Material.Rows(300, 1)), [], Material.Source(1)).ToJson();
        Assert.Equal(answer["charged"]!.ToJsonString(), preview["charged"]!.ToJsonString());
        Assert.Equal(numbers, (int)preview["numbers"]!);
        var half = preview["error95"]!["count"];
        if (half is not null && answer["groups"]!.AsArray() is [{ } first, ..])
        {
            Assert.Equal(2 * (int)half, (int)first["count"]!["interval95"]![1]! - (int)first["count"]!["interval95"]![0]!);
        }
    }

    /// <summary>Goal: attack 5, two ways of writing a question are one question. Method: canonical bytes of rewritings.</summary>
    [Fact]
    public void Rewritings_of_a_question_have_the_same_canonical_bytes()
    {
        var schema = Material.Patients();
        string Canonical(string where, string groupBy = "[]") => Encoding.UTF8.GetString(Material.Ask(schema, Count, groupBy: groupBy, where: where).Canonical());
        var forty = Canonical("""[{"attribute":"age","atLeast":40},{"attribute":"sex","in":["male"]}]""");
        Assert.Equal(forty, Canonical("""[ {"in":["male","male"],"attribute":"sex"}, {"not":{"attribute":"age","below":40.0}} ]"""));
        Assert.Equal(forty, Canonical("""[{"not":{"attribute":"sex","in":["female"]}},{"attribute":"age","atLeast":39.5,"below":1e9}]"""));
        Assert.Equal(forty, Canonical("""[{"attribute":"age","atLeast":40},{"attribute":"age","atLeast":12},{"not":{"not":{"attribute":"sex","in":["male"]}}}]"""));
        Assert.NotEqual(forty, Canonical("""[{"attribute":"age","atLeast":41},{"attribute":"sex","in":["male"]}]"""));
        Assert.Equal(Canonical("""[{"attribute":"diagnosis","in":["I10","E11.9","E11"]}]"""), Canonical("""[{"attribute":"diagnosis","in":["E11","I10"]}]"""));
        Assert.Equal(
            Canonical("""[{"attribute":"site","in":["s1"]},{"attribute":"diagnosis","in":["J45"]},{"attribute":"diagnosis","in":["E11"]}]"""),
            Canonical("""[{"attribute":"diagnosis","in":["E11"]},{"attribute":"diagnosis","in":["J45"]},{"attribute":"site","in":["s1","s2"]},{"attribute":"site","in":["s1"]}]"""));
        Assert.Equal(
            """{"groupBy":["sex"],"loss":{"delta":"0.000001","epsilon":"0.5"},"measures":[{"kind":"count"},{"attribute":"hba1c","kind":"mean","lower":4,"upper":"13.9"}],"where":[]}""",
            Encoding.UTF8.GetString(Material.Ask(
                schema, """[{"upper":13.9,"kind":"mean","attribute":"hba1c"},{"kind":"count"}]""", """{"delta":1E-6,"epsilon":5e-1}""", """["sex"]""").Canonical()));
    }

    /// <summary>Goal: asking anew is not another question. Method: <c>fresh</c> set and not.</summary>
    [Fact]
    public void Fresh_is_no_part_of_the_canonical_question()
    {
        var schema = Material.Patients();
        var fresh = Query.Parse(Material.Json("""{"measures":[{"kind":"count"}],"loss":{"epsilon":1},"fresh":true}"""), schema);
        Assert.True(fresh.Fresh);
        Assert.Equal(Material.Ask(schema, Count).Canonical(), fresh.Canonical());
    }

    /// <summary>Goal: the canonical form is itself a question with the same canonical form. Method: read it again.</summary>
    [Fact]
    public void The_canonical_form_reads_back_as_itself()
    {
        var schema = Material.Patients();
        var query = Material.Ask(
            schema,
            """[{"kind":"count"},{"kind":"quantile","attribute":"age","q":0.25},{"kind":"histogram","attribute":"hba1c","bins":3},{"kind":"variance","attribute":"age"},{"kind":"distinct","attribute":"site"}]""",
            """{"epsilon":0.125,"delta":1e-9}""",
            """["sex"]""",
            """[{"not":{"attribute":"age","atLeast":20,"below":30}},{"not":{"attribute":"diagnosis","in":["E11"]}},{"attribute":"hba1c","below":7.55}]""");
        using var again = JsonDocument.Parse(query.Canonical());
        Assert.Equal(query.Canonical(), Query.Parse(again.RootElement, schema).Canonical());
    }

    /// <summary>Goal: attacks 4 and 11, absurd parameters are refused by one sentence that names field, value and range. Method: each in turn.</summary>
    [Theory]
    [InlineData("""{"measures":[{"kind":"count"}],"loss":{"epsilon":0}}""", "loss.epsilon")]
    [InlineData("""{"measures":[{"kind":"count"}],"loss":{"epsilon":-1}}""", "loss.epsilon")]
    [InlineData("""{"measures":[{"kind":"count"}],"loss":{"epsilon":1e-320}}""", "loss.epsilon")]
    [InlineData("""{"measures":[{"kind":"count"}],"loss":{"epsilon":5e-324}}""", "loss.epsilon")]
    [InlineData("""{"measures":[{"kind":"count"}],"loss":{"epsilon":1e308}}""", "loss.epsilon")]
    [InlineData("""{"measures":[{"kind":"count"}],"loss":{"epsilon":1e999999999}}""", "loss.epsilon")]
    [InlineData("""{"measures":[{"kind":"count"}],"loss":{"epsilon":"NaN"}}""", "loss.epsilon")]
    [InlineData("""{"measures":[{"kind":"count"}],"loss":{"epsilon":"0,1"}}""", "loss.epsilon")]
    [InlineData("""{"measures":[{"kind":"count"}],"loss":{"epsilon":true}}""", "loss.epsilon")]
    [InlineData("""{"measures":[{"kind":"count"}],"loss":{"epsilon":1,"delta":1}}""", "loss.delta")]
    [InlineData("""{"measures":[{"kind":"count"}],"loss":{"epsilon":1,"delta":-1e-9}}""", "loss.delta")]
    [InlineData("""{"measures":[{"kind":"count"}],"loss":{"epsilon":1,"delta":1e-300}}""", "loss.delta")]
    [InlineData("""{"measures":[{"kind":"count"}],"loss":{"epsilon":1},"groupBy":["site"]}""", "loss.delta")]
    [InlineData("""{"measures":[{"kind":"count"}]}""", "loss")]
    [InlineData("""{"measures":[],"loss":{"epsilon":1}}""", "measures")]
    [InlineData("""{"measures":[{"kind":"median"}],"loss":{"epsilon":1}}""", "measures[0].kind")]
    [InlineData("""{"measures":[{"kind":"sum","attribute":"age","lower":5,"upper":5}],"loss":{"epsilon":1}}""", "measures[0].lower")]
    [InlineData("""{"measures":[{"kind":"sum","attribute":"age","lower":50,"upper":5}],"loss":{"epsilon":1}}""", "measures[0].lower")]
    [InlineData("""{"measures":[{"kind":"sum","attribute":"age","upper":1e308}],"loss":{"epsilon":1}}""", "measures[0].upper")]
    [InlineData("""{"measures":[{"kind":"sum","attribute":"sex"}],"loss":{"epsilon":1}}""", "measures[0].attribute")]
    [InlineData("""{"measures":[{"kind":"sum","attribute":"patient_id"}],"loss":{"epsilon":1}}""", "measures[0].attribute")]
    [InlineData("""{"measures":[{"kind":"count"},{"kind":"count"}],"loss":{"epsilon":1}}""", "measures")]
    [InlineData("""{"measures":[{"kind":"quantile","attribute":"age","q":1.5}],"loss":{"epsilon":1}}""", "measures[0].q")]
    [InlineData("""{"measures":[{"kind":"count"}],"loss":{"epsilon":1},"where":[{"attribute":"patient_id","in":["p1"]}]}""", "where[0].attribute")]
    [InlineData("""{"measures":[{"kind":"count"}],"loss":{"epsilon":1},"where":[{"not":{"attribute":"patient_id","in":["p1"]}}]}""", "where[0].not.attribute")]
    [InlineData("""{"measures":[{"kind":"count"}],"loss":{"epsilon":1},"where":[{"attribute":"sex","in":["other"]}]}""", "where[0].in")]
    [InlineData("""{"measures":[{"kind":"count"}],"loss":{"epsilon":1},"groupBy":["age"]}""", "groupBy[0]")]
    [InlineData("""{"measures":[{"kind":"count"}],"loss":{"epsilon":1},"groupBy":["patient_id"]}""", "groupBy[0]")]
    [InlineData("""{"measures":[{"kind":"count"}],"loss":{"epsilon":1},"limit":3}""", "limit")]
    [InlineData("""{"measures":[{"kind":"count"}],"loss":{"epsilon":1,"epsilon":2}}""", "loss.epsilon")]
    [InlineData("""[]""", "document")]
    public void What_cannot_be_asked_is_refused_by_name(string question, string field)
    {
        var fault = Assert.Throws<InputException>(() => Query.Parse(Material.Json(question), Material.Patients()));
        Assert.Equal(field, fault.Field);
        Assert.DoesNotContain('\n', fault.Message);
    }

    /// <summary>Goal: attack 4, no cell can raise an error, and each goes where the policy says. Method: the policy's table.</summary>
    [Theory]
    [InlineData("NaN", null)]
    [InlineData("", null)]
    [InlineData("abc", null)]
    [InlineData("1/3", null)]
    [InlineData("Infinity", 140L)]
    [InlineData("-Infinity", 40L)]
    [InlineData("1e308", 140L)]
    [InlineData("1e999", 140L)]
    [InlineData("-1e400", 40L)]
    [InlineData("-0.0", 40L)]
    [InlineData("5e-324", 40L)]
    [InlineData("7.25", 72L)]
    [InlineData("7.35", 74L)]
    [InlineData("7.26", 73L)]
    [InlineData(" 7.3 ", 73L)]
    public void A_cell_goes_where_the_policy_says(string cell, long? tick)
    {
        var type = (NumberType)Material.Patients().Attributes["hba1c"];
        Assert.Equal(tick ?? NumberColumn.Null, Cells.Number(cell, type));
    }

    /// <summary>Goal: a suppressed cell looks the same whatever is under it. Method: two tables whose groups are below the floor in every draw.</summary>
    [Fact]
    public void A_suppressed_group_has_the_same_bytes_whatever_is_under_it()
    {
        var schema = Material.Patients();
        var query = Material.Ask(schema, """[{"kind":"sum","attribute":"visits"}]""", """{"epsilon":50}""", """["sex"]""");
        JsonNode Groups(params string[] rows) => Answering.Run(query, schema, Material.Table(schema, rows), [], Material.Source(3), 11).ToJson()["groups"]!;
        var few = Groups("p1,40,5,3,male,s0,J45", "p2,40,5,3,male,s0,J45");
        Assert.Equal("""[{"key":{"sex":"female"},"suppressed":true},{"key":{"sex":"male"},"suppressed":true}]""", few.ToJsonString());
        Assert.Equal(few.ToJsonString(), Groups().ToJsonString());
        var many = Groups([.. Enumerable.Range(0, 40).Select(i => $"p{i},40,5,3,male,s0,J45")]);
        Assert.NotNull(many[1]!["sum:visits"]);
    }

    /// <summary>Goal: the answers are right when noise is small. Method: ε 1000 on ten patients, by hand.</summary>
    [Fact]
    public void With_hardly_any_noise_the_answers_are_the_exact_ones()
    {
        var schema = Material.Patients(rows: 2);
        string[] rows =
        [
            "p1,20,5.0,1,male,s0,E11.9", "p1,22,7.0,2,male,s0,I10", "p2,30,6.0,4,male,s1,J45", "p3,40,NaN,8,male,s1,E11.0|I10",
            "p4,50,9.0,16,,s1,J45", ",60,9.0,16,male,s1,J45", "p5,70,99,32,female,s0,", "p6,80,8.0,50,female,s0,E10",
        ];
        JsonObject Answer(string measure, string more = "")
        {
            var query = Material.Ask(schema, $$"""[{"kind":"{{measure}}"{{more}}}]""", """{"epsilon":1000}""", """["sex"]""");
            var groups = Answering.Run(query, schema, Material.Table(schema, rows), [], Material.Source(4)).ToJson()["groups"]!.AsArray();
            return new JsonObject(groups.Select(group => KeyValuePair.Create((string)group!["key"]!["sex"]!, group.AsObject().Last().Value?.DeepClone())));
        }

        (decimal Female, decimal Male) Values(string measure, string more = "") =>
            Answer(measure, more) is var both ? ((decimal)both["female"]!["value"]!, (decimal)both["male"]!["value"]!) : default;

        Assert.Equal((2, 4), Values("count"));
        Assert.Equal((82, 15), Values("sum", ",\"attribute\":\"visits\""));
        var (high, low) = Values("mean", ",\"attribute\":\"hba1c\"");
        Assert.True(Math.Abs(high - 11) < 0.2m && Math.Abs(low - 6) < 0.2m, $"means {high} and {low}");
        Assert.Equal((0, 1.688m), Values("variance", ",\"attribute\":\"visits\",\"lower\":0,\"upper\":4"));
        Assert.Equal((2, 3), Values("distinct", ",\"attribute\":\"patient_id\""));
        Assert.Equal((1, 2), Values("distinct", ",\"attribute\":\"site\""));
        Assert.InRange(Values("quantile", ",\"attribute\":\"age\",\"q\":0.5").Male, 22, 30);
        Assert.Equal([2, 2], Answer("histogram", ",\"attribute\":\"age\",\"edges\":[0,30,60]")["male"]!["bins"]!.AsArray().Select(bin => (int)bin!["value"]!));
        var coded = Material.Ask(schema, Count, """{"epsilon":1000}""", where: """[{"attribute":"diagnosis","in":["E11"]}]""");
        Assert.Equal(2, (int)Answering.Run(coded, schema, Material.Table(schema, rows), [], Material.Source(4)).ToJson()["groups"]![0]!["count"]!["value"]!);
        var others = Material.Ask(schema, Count, """{"epsilon":1000}""", where: """[{"not":{"attribute":"diagnosis","in":["E11"]}}]""");
        Assert.Equal(4, (int)Answering.Run(others, schema, Material.Table(schema, rows), [], Material.Source(4)).ToJson()["groups"]![0]!["count"]!["value"]!);
    }

    /// <summary>Goal: those outside the cohort take no part. Method: a cohort of every second row, hardly any noise.</summary>
    [Fact]
    public void Only_the_cohort_is_counted()
    {
        var schema = Material.Patients();
        var table = Material.Table(schema, Material.Rows(100, 5));
        var cohort = Enumerable.Range(0, 100).Select(i => i % 2 == 0).ToArray();
        var query = Material.Ask(schema, Count, """{"epsilon":1000}""");
        Assert.Equal(50, (int)Answering.Run(query, schema, table, cohort, Material.Source(6)).ToJson()["groups"]![0]!["count"]!["value"]!);
        Assert.Throws<ArgumentException>(() => Answering.Run(query, schema, table, cohort.AsSpan(1), Material.Source(6)));
    }

    /// <summary>Goal: a table without rows is answered. Method: every measure, public keys and none.</summary>
    [Theory]
    [InlineData("[]", 1)]
    [InlineData("""["sex"]""", 2)]
    [InlineData("""["site"]""", 0)]
    public void A_table_without_rows_is_answered(string groupBy, int groups)
    {
        var schema = Material.Patients();
        var query = Material.Ask(
            schema, """[{"kind":"count"},{"kind":"mean","attribute":"age"},{"kind":"quantile","attribute":"age","q":0.5},{"kind":"variance","attribute":"age"},{"kind":"histogram","attribute":"sex"}]""",
            """{"epsilon":1,"delta":1e-6}""", groupBy);
        Assert.Equal(groups, Answering.Run(query, schema, Material.Table(schema, []), [], Material.Source(7)).Groups.Count);
    }
}
