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

    /// <summary>Goal: nobody is singled out by her identifier (attack 6). Method: it is filtered on, negated, grouped by and measured; all are refused by name,
    /// and only the number of different patients may be asked.</summary>
    [Theory]
    [InlineData("""{"where":[{"attribute":"patient_id","in":["p1"]}],"measures":[{"kind":"count"}],"loss":{"epsilon":1}}""", "where[0].attribute")]
    [InlineData("""{"where":[{"not":{"attribute":"patient_id","in":["p1"]}}],"measures":[{"kind":"count"}],"loss":{"epsilon":1}}""", "where[0].not.attribute")]
    [InlineData("""{"groupBy":["patient_id"],"measures":[{"kind":"count"}],"loss":{"epsilon":1,"delta":1e-6}}""", "groupBy[0]")]
    [InlineData("""{"measures":[{"kind":"histogram","attribute":"patient_id"}],"loss":{"epsilon":1}}""", "measures[0].attribute")]
    [InlineData("""{"measures":[{"kind":"sum","attribute":"patient_id"}],"loss":{"epsilon":1}}""", "measures[0].attribute")]
    public void Identifiers_can_be_neither_filtered_grouped_nor_measured(string question, string field)
    {
        var schema = Material.Patients();
        Assert.Equal(field, Assert.Throws<InputException>(() => Query.Parse(Material.Json(question), schema)).Field);
        _ = Material.Ask(schema, """[{"kind":"distinct","attribute":"patient_id"}]""");
    }

    /// <summary>Goal: no spend is so small or so odd that it is free (attack 11). Method: the smallest ε costs a unit of the ledger; a full filter refuses one
    /// unit, and negative or unreadable spends are no question at all.</summary>
    [Fact]
    public void No_spend_is_free()
    {
        var schema = Material.Patients();
        PrivacyLoss Costs(string epsilon) => Pricing.Charge(Material.Ask(schema, """[{"kind":"count"}]""", $$"""{"epsilon":{{epsilon}}}"""), schema);
        var least = Costs("0.000001");
        Assert.Equal(new PrivacyLoss(1, 0), least);
        Assert.IsType<Admission.Refused>(PrivacyFilter.Of(PrivacyLoss.Zero).Reserve(least));
        foreach (var odd in (string[])["5e-324", "1e-400", "-0.1", "0", "\"NaN\"", "\"0,1\"", "null", "true", "1e999"])
        {
            Assert.StartsWith("loss", Assert.Throws<InputException>(() => Costs(odd)).Field, StringComparison.Ordinal);
        }

        var tenth = PrivacyFilter.Of(new PrivacyLoss(10 * Costs("0.1").Rho, 0));
        for (var i = 0; i < 10; i++)
        {
            tenth = Assert.IsType<Admission.Granted>(tenth.Reserve(Costs("0.1"))).Filter;
        }

        Assert.IsType<Admission.Refused>(tenth.Reserve(least));
    }

    /// <summary>Goal: two researchers with budgets of their own do not together learn more than the register allows (attack 12). Method: each has a cap of
    /// three questions, the register one of four; asked in turn, four are granted.</summary>
    [Fact]
    public void Colluding_researchers_are_held_by_the_registers_filter()
    {
        var each = new PrivacyLoss(1_000_000, 0);
        var (register, own) = (PrivacyFilter.Of(new PrivacyLoss(4_000_000, 0)), new[] { PrivacyFilter.Of(new PrivacyLoss(3_000_000, 0)), PrivacyFilter.Of(new PrivacyLoss(3_000_000, 0)) });
        var granted = 0;
        for (var i = 0; i < 8; i++)
        {
            if (register.Reserve(each) is Admission.Granted all && own[i % 2].Reserve(each) is Admission.Granted her)
            {
                (register, own[i % 2], granted) = (all.Filter, her.Filter, granted + 1);
            }
        }

        Assert.Equal(4, granted);
    }

    /// <summary>Goal: many counts do not rebuild the records (attack 17). Method: the sex of each of 64 patients is guessed from a count of her own, 50 times;
    /// where the counts share one ε of 1, guesses are right half of the time (3,200 of them, false alarm 1e-6); where each has its own uncharged ε of 1,
    /// which is the weakness, they are right too often.</summary>
    [Fact]
    public void Counts_that_share_a_loss_do_not_rebuild_the_records()
    {
        var schema = Material.Patients();
        string[] rows = [.. Enumerable.Range(0, 64).Select(i => $"p{i},{20 + i},7,3,{((i * 37 % 64) < 32 ? "male" : "female")},s0,J45")];
        var table = Material.Table(schema, rows);
        double Right(string epsilon)
        {
            var right = 0;
            for (var i = 0; i < 64; i++)
            {
                var one = new PreparedQuery(
                    Material.Ask(
                        schema, """[{"kind":"count"}]""", $$"""{"epsilon":{{epsilon}}}""",
                        where: $$"""[{"attribute":"age","atLeast":{{20 + i}},"below":{{21 + i}}},{"attribute":"sex","in":["male"]}]"""),
                    schema, table, []);
                for (var repeat = 0; repeat < 50; repeat++)
                {
                    var noisy = ((NumberCell)one.Draw(Material.Source(69).For($"{epsilon}/{i}/{repeat}")).Groups[0].Cells[0].Value).Value;
                    right += noisy >= 1 == rows[i].Contains(",male,", StringComparison.Ordinal) ? 1 : 0;
                }
            }

            return right / 3_200.0;
        }

        Assert.InRange(Right("0.015625"), 0.45, 0.55);
        Assert.InRange(Right("1"), 0.65, 1);
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
