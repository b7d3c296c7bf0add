using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Anonymizer.DifferentialPrivacy;
using Anonymizer.DifferentialPrivacy.Mechanisms;
using Anonymizer.DifferentialPrivacy.Queries;
using Anonymizer.DifferentialPrivacy.Sampling;
using Xunit;

namespace Anonymizer.Tests.DifferentialPrivacy;

/// <summary>
/// The black box: whole answers on neighbouring tables, given to an outside falsifier (dp_audit.py), which must find no violation; and planted faults,
/// which it must find. False alarms 1e-6 a pair. Short form: 4,000 answers a side at one ε a pair; with RESEARCHHUB_LONG=1: 20,000 at ε = 0.5, 1 and 2.
/// </summary>
public sealed class AuditTests
{
    private const string Victim = "victim,64,9.0,20,male,rare,J45";
    private static readonly string[] Ordinary = Material.Rows(12, 51);

    private static string Measures(string name) => name switch
    {
        "sum" => """[{"kind":"sum","attribute":"visits"}]""",
        "mean" => """[{"kind":"mean","attribute":"hba1c"}]""",
        "quantile" => """[{"kind":"quantile","attribute":"age","q":0.5}]""",
        "count and mean" => """[{"kind":"count"},{"kind":"mean","attribute":"hba1c"}]""",
        _ => """[{"kind":"count"}]""",
    };

    public static TheoryData<string, string, string, int> Pairs()
    {
        var pairs = new TheoryData<string, string, string, int>
        {
            { "ordinary patient", "count", "[]", 1 },
            { "ordinary patient", "sum", "[]", 2 },
            { "ordinary patient", "mean", "[]", 1 },
            { "ordinary patient", "quantile", "[]", 2 },
            { "a thousand rows", "count", """["sex"]""", 1 },
            { "only member of a group", "count", """["site"]""", 1 },
            { "only member of a group", "count and mean", """["site"]""", 2 },
            { "values out of bounds", "sum", "[]", 2 },
            { "values out of bounds", "mean", """["sex"]""", 2 },
            { "from one to none", "mean", "[]", 2 },
            { "from one to none", "quantile", """["sex"]""", 1 },
            { "many codes", "count", """["diagnosis"]""", 2 },
        };
        return pairs;
    }

    /// <summary>Goal: nothing an untrusted researcher gets tells one patient's presence beyond the claim. Method: pairs (a) to (f) and (i) of the recipe,
    /// pure ε with public keys, δ = 0.02 with private ones, so that threshold faults would be seen.</summary>
    [Theory]
    [MemberData(nameof(Pairs))]
    public void No_pair_of_tables_is_told_apart_beyond_the_claim(string pair, string measure, string groupBy, int epsilon)
    {
        double[] claims = Material.Long ? [0.5, 1, 2] : [epsilon];
        foreach (var claim in claims)
        {
            var delta = groupBy.Contains("si", StringComparison.Ordinal) || groupBy.Contains("diag", StringComparison.Ordinal) ? 0.02 : 0;
            var schema = Material.Patients(rows: pair == "a thousand rows" ? 3 : 1, groups: pair == "many codes" ? 2 : 1);
            var loss = string.Create(CultureInfo.InvariantCulture, $$"""{"epsilon":{{claim}},"delta":{{delta}}}""");
            var query = Material.Ask(schema, Measures(measure), loss, groupBy);
            var (with, without) = Tables(pair);
            var answers = (Answers(query, schema, with, "with"), Answers(query, schema, without, "without"));
            Assert.False(Violates(answers, claim, delta), $"{pair}, {measure}, ε {claim}");
        }
    }

    /// <summary>Goal: the falsifier has the power that the pass above rests on. Method: noise a fifth too small, at ε 2.</summary>
    [Fact]
    public void Noise_a_fifth_too_small_is_found()
    {
        var noise = new DiscreteLaplace(new Rational(8, 10) / 2);
        Assert.True(Violates((Lines(n => 11 + noise.Draw(n), 30_000, "a"), Lines(n => 10 + noise.Draw(n), 30_000, "b")), 2, 0));
    }

    /// <summary>Goal: as above. Method: keys kept at the threshold as well as above it, where the δ spent is that of above.</summary>
    [Fact]
    public void A_threshold_that_keeps_its_own_value_is_found()
    {
        var noise = new LaplaceNoise(new ContributionBound(1, 1, ManyKeys: false).OfUnits(), 1);
        var delta = LaplaceThreshold.Passes(1, 4, orEqual: false, 1);
        Assert.True(Violates(
            (Lines(n => noise.Add(1, n) >= 4 ? 1 : 0, 40_000, "a"), Lines(_ => 0, 40_000, "b")), 1, delta));
        Assert.False(Violates(
            (Lines(n => noise.Add(1, n) > 4 ? 1 : 0, 40_000, "a"), Lines(_ => 0, 40_000, "b")), 1, delta));
    }

    /// <summary>Goal: as above. Method: a sum of doubles, in two orders of the same rows, which is at distance 0.</summary>
    [Fact]
    public void A_sum_of_doubles_is_found()
    {
        double[] rows = [9007199254740992, .. Enumerable.Repeat(1.0, 64)];
        var noise = new DiscreteLaplace(1);
        double Sum(IEnumerable<double> values) => values.Aggregate(0.0, (sum, value) => sum + value) - 9007199254740992;
        Assert.True(Violates(
            (Lines(n => (long)Sum(rows) + noise.Draw(n), 2_000, "a"), Lines(n => (long)Sum(rows.Reverse()) + noise.Draw(n), 2_000, "b")), 1, 0));
    }

    private static (string[] With, string[] Without) Tables(string pair) => pair switch
    {
        "a thousand rows" => ([.. Ordinary, .. Enumerable.Repeat(Victim, 1_000)], Ordinary),
        "values out of bounds" => ([.. Ordinary, "victim,1e308,Infinity,1e308,male,s0,J45"], Ordinary),
        "from one to none" => ([Victim], []),
        "many codes" => ([.. Ordinary, "victim,64,9.0,20,male,s0," + string.Join('|', Enumerable.Range(0, 101).Select(i => $"Z{i}"))], Ordinary),
        _ => ([.. Ordinary, Victim], Ordinary),
    };

    private static IEnumerable<string> Answers(Query query, Schema schema, string[] rows, string side)
    {
        var table = Material.Table(schema, rows);
        var source = Material.Source(52).For(side);
        return Enumerable.Range(0, Material.Long ? 20_000 : 4_000)
            .Select(i => Answering.Run(query, schema, table, [], source.For($"{i}")).ToJson()["groups"]!.ToJsonString());
    }

    private static IEnumerable<string> Lines<T>(Func<IRandomSource, T> answer, int count, string side)
    {
        var source = Material.Source(53).For(side);
        return Enumerable.Range(0, count).Select(_ => JsonSerializer.Serialize(answer(source)));
    }

    private static bool Violates((IEnumerable<string> With, IEnumerable<string> Without) answers, double epsilon, double delta)
    {
        var tool = Material.Shared("tools", "dp_audit.py");
        var folder = Directory.CreateTempSubdirectory("audit");
        try
        {
            var (with, without) = (Path.Combine(folder.FullName, "with.jsonl"), Path.Combine(folder.FullName, "without.jsonl"));
            File.WriteAllLines(with, answers.With);
            File.WriteAllLines(without, answers.Without);
            using var audit = Start(tool, with, without, epsilon, delta);
            var report = audit.StandardOutput.ReadToEnd();
            var faults = audit.StandardError.ReadToEnd();
            audit.WaitForExit();
            TestContext.Current.TestOutputHelper?.WriteLine(report);
            Assert.True(audit.ExitCode is 0 or 1 && report.Contains("violated", StringComparison.Ordinal), faults);
            return audit.ExitCode == 1;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static Process Start(string tool, string with, string without, double epsilon, double delta)
    {
        var start = new ProcessStartInfo("python3") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in new[] { tool, "files", with, without, "--eps", $"{epsilon:R}", "--delta", $"{delta:R}" })
        {
            start.ArgumentList.Add(argument);
        }

        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.SkipUnless(Environment.GetEnvironmentVariable("CI") == "true", "needs python3 on the path");
            throw;
        }
    }
}
