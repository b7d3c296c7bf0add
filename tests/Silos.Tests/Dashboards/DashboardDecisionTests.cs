using System.Text.Json;
using Anonymizer.DifferentialPrivacy.Queries;
using Silos.Dashboards;
using Silos.Ingestion.Definitions;
using Silos.Ledger.Records;
using Silos.Protocol;
using Silos.Samples;
using Xunit;

namespace Silos.Tests.Dashboards;

public class DashboardDecisionTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    /// <summary>Goal: a refresh happens once a version, within the schedule, and only under a permit that pays. Method: a table of standings.</summary>
    [Theory]
    [InlineData(null, 2, 1, null, DashboardAct.Wait)]
    [InlineData(100UL, 2, 2, null, DashboardAct.Show)]
    [InlineData(19UL, 2, 1, null, DashboardAct.Stay)]
    [InlineData(20UL, 2, 1, null, DashboardAct.Refresh)]
    [InlineData(100UL, 2, 1, 23, DashboardAct.Show)]
    [InlineData(100UL, 2, 1, 24, DashboardAct.Refresh)]
    [InlineData(100UL, 1, 0, null, DashboardAct.Refresh)]
    public void A_dashboard_is_refreshed_once_a_version_within_its_schedule_and_its_line(ulong? left, long version, long shown, int? hoursAgo, DashboardAct expected) =>
        Assert.Equal(expected, DashboardSchedule.Decide(new DashboardStanding(left, 20, version, shown, hoursAgo is { } hours ? Now.AddHours(-hours) : null), TimeSpan.FromDays(1), Now));

    /// <summary>Goal: the sample's questions can be asked of the sample's dataset at the stated price, and each is within the hospital's floor. Method: parse and price.</summary>
    [Fact]
    public void The_samples_questions_are_priced_within_the_floor()
    {
        var dataset = SampleDefinitions.Read(SampleDefinitions.Minas);
        var schema = Schema.Parse(JsonDocument.Parse(dataset.ToSchemaJson()).RootElement);

        Assert.Equal(19_924_575UL, DashboardQuestions.RhoOf(DashboardDefinition.Minas, schema));
        Assert.All(DashboardQuestions.Of(DashboardDefinition.Minas).Values, question => Assert.True(Pricing.Charge(Query.Parse(question, schema), schema).Rho <= dataset.Policy.RhoPerQuery));
        Assert.Equal(8.68, DashboardQuestions.SignalNoise(DashboardDefinition.Minas, schema), 0.01);
    }

    /// <summary>Goal: a rate holds its parts' intervals, and is not told where the whole may be nothing. Method: hand-made numbers.</summary>
    [Fact]
    public void A_rate_is_as_wide_as_its_parts_allow()
    {
        var rate = DashboardFigures.Rate(new NoisyNumber(30, 20, 40), new NoisyNumber(100, 80, 120))!;

        Assert.Equal((0.3, 0.1667, 0.5), (rate.Value, rate.Low, rate.High));
        Assert.Null(DashboardFigures.Rate(new NoisyNumber(30, 20, 40), new NoisyNumber(20, 0, 50)));
        Assert.Null(DashboardFigures.Rate(null, new NoisyNumber(100, 80, 120)));
    }

    /// <summary>Goal: an answer becomes rows by region and age, and what is under the floor has no figure. Method: two small answers as FORMATS writes them.</summary>
    [Fact]
    public void An_answer_becomes_rows_by_region_and_age()
    {
        var definition = DashboardDefinition.Minas with { Ages = [0, 40, 121] };
        var people = JsonDocument.Parse("""
            {"groups":[{"key":{"mesoregion":"3107"},"count":{"value":200,"interval95":[180,220]},
              "histogram:age":{"bins":[{"atLeast":0,"below":40,"value":90,"interval95":[70,110]},{"atLeast":40,"below":121,"suppressed":true}]}},
             {"key":{"mesoregion":"3101"},"suppressed":true}]}
            """).RootElement;
        var chronic = JsonDocument.Parse("""{"groups":[{"key":{"mesoregion":"3107"},"count":{"value":50,"interval95":[30,70]},"histogram:age":{"bins":[{"value":-3,"interval95":[-23,17]},{"suppressed":true}]}}]}""").RootElement;

        var rows = DashboardFigures.Rows(definition, people, chronic);

        Assert.Equal(6, rows.Count);
        Assert.Equal(0.25, rows[0].Rate!.Value);
        Assert.Equal((0, 40, 90.0, 0.0), (rows[1].AgeFrom!.Value, rows[1].AgeBelow!.Value, rows[1].People!.Value, rows[1].Chronic!.Low));
        Assert.Null(rows[2].People);
        Assert.All(rows.Skip(3), row => Assert.Null(row.People));
    }

    /// <summary>Goal: the hospital cannot choose its dashboard's noise by its nonce. Method: the nonce is a function of permit, version, question and attempt, each of which changes it, and well formed.</summary>
    [Fact]
    public void The_nonce_follows_from_what_is_asked()
    {
        var (permit, root) = (Hash32.Of("permit"), Hash32.Of("root"));
        var nonce = AskForDashboard.NonceOf(permit, root, "people", 0);

        Assert.True(Nonce.IsValid(nonce));
        Assert.Equal(nonce, AskForDashboard.NonceOf(permit, root, "people", 0));
        Assert.Equal(4, new[] { AskForDashboard.NonceOf(root, root, "people", 0), AskForDashboard.NonceOf(permit, permit, "people", 0), AskForDashboard.NonceOf(permit, root, "chronic", 0), AskForDashboard.NonceOf(permit, root, "people", 1) }.Except([nonce]).Distinct().Count());
    }
}
