using System.Text.Json;
using System.Text.Json.Nodes;
using Anonymizer.DifferentialPrivacy.Queries;
using Anonymizer.DifferentialPrivacy.Sampling;
using Anonymizer.Tables;
using MathNet.Numerics.Distributions;
using Silos.Dashboards;
using Silos.Ingestion.Definitions;
using Silos.Protocol;
using Silos.Samples;
using Xunit;

namespace Silos.Tests.Dashboards;

/// <summary>Alarms over the sample's twelve regions, with the noise that the dashboard's own question really gets.</summary>
public class FindOutbreakTests
{
    private const int Runs = 1000;
    private const int Refreshes = 6;
    private const int CasesARegion = 60;
    private const double FalseAlarmRate = 0.01;
    private const double Power = 0.95;

    private static readonly DashboardDefinition Definition = DashboardDefinition.Minas;
    private static readonly JsonElement SchemaJson = JsonDocument.Parse(SampleDefinitions.Read(SampleDefinitions.Minas).ToSchemaJson()).RootElement;
    private static readonly Schema Schema = Schema.Parse(SchemaJson);
    private static readonly Query Question = Query.Parse(DashboardQuestions.Of(Definition)[DashboardQuestions.Signal], Schema);
    private static readonly OutbreakRule Rule = new(FalseAlarmRate, Power, DashboardQuestions.SignalNoise(Definition, Schema));
    private static readonly string[] Regions = [.. SchemaJson.GetProperty("attributes").GetProperty("mesoregion").GetProperty("values").EnumerateArray().Select(value => value.GetString()!)];

    /// <summary>Goal: noise alone keeps the stated rate of 0.01 a refresh (C9). Method: 1,000 runs of six refreshes of the real question on patients who do not
    /// change, floor 11, seeds 1 to 6,000; alarms in more than 28 runs would have a chance of 1e-6 if the rate held.</summary>
    [Fact]
    public void A_thousand_runs_of_noise_alone_keep_the_false_alarm_rate()
    {
        var quiet = Cases(extra: 0);
        var alarms = Enumerable.Range(0, Runs).Count(run => Judge(run, _ => quiet).Any(region => region.Alarm));

        TestContext.Current.TestOutputHelper?.WriteLine($"{alarms} runs of {Runs} with an alarm at a rate of {FalseAlarmRate}; seeds 1 to {Runs * Refreshes}");
        Assert.True(alarms <= 28, $"{alarms} of {Runs} runs gave an alarm; stated are {FalseAlarmRate * Runs}");
        Assert.Equal(28, Enumerable.Range(0, Runs).First(n => 1 - new Binomial(FalseAlarmRate, Runs).CumulativeDistribution(n) < 1e-6));
    }

    /// <summary>Goal: an outbreak of the stated size is found with the stated power of 0.95, and in its own region (C9). Method: as many further cases as the page
    /// states in region 3107 at the last of six refreshes, 1,000 runs, same seeds; fewer than 913 finds would have a chance of 1e-6 at that power.</summary>
    [Fact]
    public void A_planted_outbreak_of_the_stated_size_is_found_with_the_stated_power()
    {
        var quiet = Cases(extra: 0);
        var stated = (int)Judge(0, _ => quiet)[0].FoundFrom!.Value;
        var outbreak = Cases(stated);
        var found = Enumerable.Range(0, Runs).Count(run => Judge(run, refresh => refresh == Refreshes - 1 ? outbreak : quiet).Single(region => region.Region == "3107").Alarm);

        TestContext.Current.TestOutputHelper?.WriteLine($"{stated} further cases: found in {found} of {Runs} runs at a power of {Power}; seeds 1 to {Runs * Refreshes}");
        Assert.InRange(stated, 40, 120);
        Assert.True(found >= 913, $"{found} of {Runs} runs found {stated} further cases; stated are {Power * Runs}");
    }

    /// <summary>Goal: cases that rise steadily are no outbreak. Method: 1,000 runs in which each region gains Poisson(20) cases a refresh, normal noise, seed 7; at most 28 alarms (1e-6).</summary>
    [Fact]
    public void A_steady_rise_keeps_the_false_alarm_rate()
    {
        var random = new Random(7);
        var alarms = 0;
        for (var run = 0; run < Runs; run++)
        {
            var exact = Regions.ToDictionary(region => region, _ => 100);
            List<IReadOnlyDictionary<string, NoisyNumber?>> refreshes = [];
            for (var refresh = 0; refresh < Refreshes; refresh++)
            {
                foreach (var region in Regions)
                {
                    exact[region] += Poisson.Sample(random, 20);
                }

                refreshes.Add(exact.ToDictionary(pair => pair.Key, pair => (NoisyNumber?)new NoisyNumber(pair.Value + Normal.Sample(random, 0, Rule.NoiseDeviation), 0, 0)));
            }

            alarms += FindOutbreak.Judge(refreshes, Rule).Any(region => region.Alarm) ? 1 : 0;
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{alarms} runs of {Runs} with an alarm; seed 7");
        Assert.True(alarms <= 28, $"{alarms} of {Runs}");
    }

    /// <summary>Goal: what is not shown or too young is not judged. Method: three refreshes only; then a region under the floor in the one before the last.</summary>
    [Fact]
    public void A_region_without_enough_shown_figures_is_not_judged()
    {
        IReadOnlyDictionary<string, NoisyNumber?> Shown(double? value) => new Dictionary<string, NoisyNumber?> { ["3107"] = value is { } shown ? new NoisyNumber(shown, 0, 0) : null };

        Assert.Null(FindOutbreak.Judge([Shown(50), Shown(50), Shown(5000)], Rule).Single().Rise);
        Assert.False(FindOutbreak.Judge([Shown(50), Shown(50), Shown(null), Shown(5000)], Rule).Single().Alarm);
        Assert.True(FindOutbreak.Judge([Shown(50), Shown(50), Shown(50), Shown(5000)], Rule).Single().Alarm);
        Assert.Empty(FindOutbreak.Judge([], Rule));
    }

    private static IReadOnlyList<RegionSignal> Judge(int run, Func<int, Table> table) => FindOutbreak.Judge(
        [.. Enumerable.Range(0, Refreshes).Select(refresh => Released(table(refresh), (run * Refreshes) + refresh + 1))], Rule);

    private static IReadOnlyDictionary<string, NoisyNumber?> Released(Table table, int seed)
    {
        var key = new byte[PrfRandomSource.KeyLength];
        BitConverter.TryWriteBytes(key, seed);
        var answer = Answering.Run(Question, Schema, table, [], new PrfRandomSource(key), smallCellFloor: 11).ToJson();
        return DashboardFigures.Cases(Definition, JsonSerializer.SerializeToElement<JsonNode>(answer));
    }

    /// <summary>So many patients with dengue in each region, and further ones in 3107.</summary>
    private static Table Cases(int extra)
    {
        var rows = new TableBuilder(Schema, ["patient_id", "mesoregion", "diagnoses"]);
        var number = 0;
        foreach (var region in Regions)
        {
            for (var i = 0; i < CasesARegion + (region == "3107" ? extra : 0); i++)
            {
                rows.Add([$"p{number++}", region, "A90"]);
            }
        }

        return rows.Build();
    }
}
