using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Anonymizer.DifferentialPrivacy;
using Anonymizer.DifferentialPrivacy.Accounting;
using Anonymizer.DifferentialPrivacy.Queries;
using Anonymizer.DifferentialPrivacy.Sampling;
using Xunit;

namespace Anonymizer.Tests.DifferentialPrivacy;

/// <summary>Attacks on differential privacy as it is built, each with what must hold instead. Those on timing and on hosts are tested with the hosts.</summary>
public sealed partial class AttackTests
{
    /// <summary>Goal: low bits of a released number carry nothing (Mironov 2012). Method: 2,000 sums; each is a whole number of declared steps, and steps
    /// are drawn from the schema.</summary>
    [Fact]
    public void Every_released_sum_is_a_whole_number_of_declared_steps()
    {
        var schema = Material.Patients();
        var query = Material.Ask(schema, """[{"kind":"sum","attribute":"hba1c"}]""", """{"epsilon":0.7}""");
        foreach (var rows in new[] { Material.Rows(30, 61), [] })
        {
            var table = Material.Table(schema, rows);
            for (var i = 0; i < 1_000; i++)
            {
                var value = (decimal)Answering.Run(query, schema, table, [], Material.Source(62).For($"{i}")).ToJson()["groups"]![0]!["sum:hba1c"]!["value"]!;
                Assert.Equal(0, value % 0.1m);
            }
        }
    }

    /// <summary>Goal: large numbers of small width do not add up wrongly (Casacuberta et al. 2022). Method: 1,025 values of 2^50, one of them moved by a
    /// quarter; where doubles move by 256, the exact sum moves by one step of a quarter.</summary>
    [Fact]
    public void A_small_change_of_a_large_value_moves_the_sum_by_just_that()
    {
        var schema = Schema.Parse(Material.Json(
            """{"privacyUnit":"id","attributes":{"x":{"type":"decimal","step":0.25,"lower":1125899906842623,"upper":1125899906842624} }}"""));
        var query = Material.Ask(schema, """[{"kind":"sum","attribute":"x"}]""");
        System.Numerics.BigInteger Exact(string first)
        {
            var builder = new TableBuilder(schema, ["id", "x"]);
            for (var i = 0; i < 1_025; i++)
            {
                builder.Add([$"p{i}", i == 0 ? first : "1125899906842623.25"]);
            }

            var recorder = new RecordingRandomSource(Material.Source(63));
            Answering.Run(query, schema, builder.Build(), [], recorder);
            return Assert.Single(recorder.Draws).Exact!.Value;
        }

        Assert.Equal(-1, (int)(Exact("1125899906842623.00") - Exact("1125899906842623.25")));
        Assert.Equal(3, (int)(Exact("1125899906842624") - Exact("1125899906842623.25")));
    }

    /// <summary>Goal: no bound lets 64 bits wrap. Method: bounds beyond 2^52 steps are refused; at 2^52 the sum of many is exact.</summary>
    [Fact]
    public void Sums_do_not_wrap_round()
    {
        const string Declared = """{"privacyUnit":"id","attributes":{"x":{"type":"integer","lower":0,"upper":UPPER} }}""";
        Assert.Throws<InputException>(() => Schema.Parse(Material.Json(Declared.Replace("UPPER", "4611686018427387904", StringComparison.Ordinal))));
        var schema = Schema.Parse(Material.Json(Declared.Replace("UPPER", "4503599627370496", StringComparison.Ordinal)));
        var builder = new TableBuilder(schema, ["id", "x"]);
        for (var i = 0; i < 5_000; i++)
        {
            builder.Add([$"p{i}", "9e99"]);
        }

        var recorder = new RecordingRandomSource(Material.Source(64));
        Answering.Run(Material.Ask(schema, """[{"kind":"sum","attribute":"x"}]"""), schema, builder.Build(), [], recorder);
        Assert.Equal(new System.Numerics.BigInteger(4503599627370496) * 5_000, recorder.Draws[0].Exact);
    }

    /// <summary>Goal: averaging needs new charges, never the same one. Method: the same question with the same source is the same answer, byte by byte;
    /// two questions that differ only in a harmless way have different canonical bytes, so hosts give them different sources and charge both.</summary>
    [Fact]
    public void The_same_question_from_the_same_source_is_the_same_answer()
    {
        var schema = Material.Patients();
        var table = Material.Table(schema, Material.Rows(50, 65));
        string Answer(string where) => Answering.Run(
            Material.Ask(schema, """[{"kind":"count"}]""", groupBy: """["sex"]""", where: where), schema, table, [], Material.Source(66)).ToJson().ToJsonString();
        Assert.Equal(Answer("""[{"attribute":"age","atLeast":40}]"""), Answer("""[{"not":{"attribute":"age","below":40}}]"""));
    }

    /// <summary>Goal: a key that one patient alone holds is hardly ever shown, in whatever order or under whatever filter. Method: 20,000 answers at δ 0.02;
    /// shown at most 0.01 of the time, half of δ being for this (false alarm 1e-6), and never when she is not there.</summary>
    [Fact]
    public void A_key_of_one_patient_is_shown_no_more_often_than_its_delta()
    {
        var schema = Material.Patients();
        var query = Material.Ask(schema, """[{"kind":"count"}]""", """{"epsilon":1,"delta":0.02}""", """["site"]""");
        string[] others = [.. Enumerable.Range(0, 60).Select(i => $"p{i},40,7,3,male,common,J45")];
        int Shown(string[] rows)
        {
            var table = Material.Table(schema, rows);
            return Enumerable.Range(0, 20_000).Count(i =>
                Answering.Run(query, schema, table, [], Material.Source(67).For($"{i}")).Groups.Any(group => group.Key[0].Value == "rare"));
        }

        Assert.InRange(Shown(["v,40,7,3,male,rare,J45", .. others]), 0, 200 + (int)(4.9 * Math.Sqrt(200)));
        Assert.Equal(0, Shown(others));
    }

    /// <summary>Goal: private keys come in an order that tells nothing of the rows. Method: keys are sorted, whichever came first.</summary>
    [Fact]
    public void Private_keys_come_in_their_own_order()
    {
        var schema = Material.Patients();
        var query = Material.Ask(schema, """[{"kind":"count"}]""", """{"epsilon":20,"delta":1e-6}""", """["site"]""");
        string[] rows = [.. Enumerable.Range(0, 300).Select(i => $"p{i},40,7,3,male,{"zyx"[i % 3]},J45")];
        Assert.Equal(["x", "y", "z"], Answering.Run(query, schema, Material.Table(schema, rows), [], Material.Source(68)).Groups.Select(group => group.Key[0].Value));
    }

    /// <summary>Goal: the shape of an answer tells nothing: groups, members and bins come from question and schema. Method: 200 random tables, digits taken out.</summary>
    [Fact]
    public void The_shape_of_an_answer_does_not_depend_on_the_data()
    {
        var schema = Material.Patients();
        var query = Material.Ask(
            schema, """[{"kind":"count"},{"kind":"mean","attribute":"hba1c"},{"kind":"quantile","attribute":"age","q":0.5},{"kind":"histogram","attribute":"age","bins":3}]""",
            groupBy: """["sex"]""");
        var shapes = Enumerable.Range(0, 200).Select(i =>
            Numbers().Replace(Answering.Run(query, schema, Material.Table(schema, Material.Rows(i % 40, i)), [], Material.Source(i)).ToJson().ToJsonString(), "#"));
        Assert.Single(shapes.Distinct());
    }

    /// <summary>Goal: accepting or refusing tells nothing of the data. Method: the whole decision is a function of public charges: a script of questions is
    /// priced and admitted without any table.</summary>
    [Fact]
    public void Admission_is_decided_without_the_data()
    {
        var schema = Material.Patients();
        var filter = PrivacyFilter.Of(new PrivacyLoss(20_000_000, 0));
        var decisions = new JsonArray();
        foreach (var epsilon in new[] { "0.5", "0.9", "0.5", "0.4", "0.01" })
        {
            var loss = Pricing.Charge(Material.Ask(schema, """[{"kind":"count"}]""", $$"""{"epsilon":{{epsilon}},"delta":1e-6}"""), schema);
            var admission = filter.Reserve(loss);
            filter = admission is Admission.Granted granted ? granted.Filter : filter;
            decisions.Add(admission is Admission.Granted);
        }

        Assert.Equal("[true,false,true,true,true]", decisions.ToJsonString());
    }

    /// <summary>Goal: a mechanism is charged by its own law. Method: permute-and-flip passes what the exponential mechanism's ρ would allow, and stays within its own.</summary>
    [Fact]
    public void Permute_and_flip_is_not_charged_as_the_exponential_mechanism()
    {
        double Divergence(Func<double[], double[]> law) => Renyi.Divergence(law([0, 0]), law([1, -1]), 2);
        var flip = Divergence(scores => Anonymizer.DifferentialPrivacy.Mechanisms.PermuteAndFlip.Probabilities(scores, 0.5));
        Assert.InRange(flip, 2 * Anonymizer.DifferentialPrivacy.Mechanisms.ExponentialMechanism.Rho(1).ToDouble(), 2 * Anonymizer.DifferentialPrivacy.Mechanisms.PermuteAndFlip.Rho(1).ToDouble());
    }

    [GeneratedRegex("-?[0-9]+(\\.[0-9]+)?(?=[,\\]}])")]
    private static partial Regex Numbers();
}
