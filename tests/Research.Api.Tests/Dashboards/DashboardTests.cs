using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Research.Api.Protocol;
using Research.Api.Tests.Running;
using Told = global::Silos.Protocol;
using Xunit;

namespace Research.Api.Tests.Dashboards;

[Collection("hub")]
public sealed class DashboardTests(HubFixture hub)
{
    /// <summary>Goal: what a silo tells of its dashboards reaches everybody unaltered (C9). Method: a fake silo tells one; the hub's list and its one, without a token, hold the same members and values.</summary>
    [Fact]
    public async Task A_hospitals_dashboard_is_shown_to_everybody_as_its_silo_tells_it()
    {
        using var anybody = hub.Anybody();
        var question = JsonSerializer.SerializeToElement(new { measures = new[] { new { kind = "count" } } });
        var told = new Told.DashboardView(
            "cohort", "Chronic disease", "minas-gerais", "current", question, "permit", "19924575", "80075425", 86400,
            [new Told.DashboardQuestion("signal", question)], new Told.DashboardTopic("Diabetes", ["E11"]), new Told.DashboardTopic("Dengue", ["A90"]),
            new Told.DashboardRefresh(3, "2026-11-21T20:15:00.000Z", [new("3107", null, null, new(200, 180, 220), new(50, 30, 70), new(0.25, 0.14, 0.39))], new Dictionary<string, JsonElement> { ["signal"] = question }),
            new Told.OutbreakWatch(0.01, 0.95, 4, 4, [new("3107", new(60, 43, 77), 12.5, 41.2, 74, false)]));
        hub.First.Dashboards = [told];
        try
        {
            var list = (await anybody.GetFromJsonAsync<JsonElement>(HubRoutes.Dashboards)).GetProperty("dashboards");
            var one = await anybody.GetFromJsonAsync<JsonElement>($"{HubRoutes.Dashboards}/{hub.First.Register}/cohort");

            Assert.Equal(1, list.GetArrayLength());
            Assert.Equal(hub.First.Name, one.GetProperty("hospital").GetString());
            Assert.True(JsonElement.DeepEquals(JsonSerializer.SerializeToElement(told, JsonSerializerOptions.Web), one.GetProperty("dashboard")), one.GetRawText());
            Assert.Equal(HttpStatusCode.NotFound, (await anybody.GetAsync(new Uri($"{HubRoutes.Dashboards}/{hub.First.Register}/other", UriKind.Relative))).StatusCode);
        }
        finally
        {
            hub.First.Dashboards = [];
        }
    }

    /// <summary>Goal: consent figures reach the hospital's own custodian as the silo tells them, and show no other hospital's. Method: both hospitals tell some; one alone names the custodian's institution. Other roles get 403 (<see cref="Accounts.EveryRouteTests"/>).</summary>
    [Fact]
    public async Task Consent_figures_are_shown_to_the_own_hospital_as_its_silo_tells_them()
    {
        var question = JsonSerializer.SerializeToElement(new { measures = new[] { new { kind = "count" } } });
        var told = new Told.ConsentFiguresView("cohort", question, question, "300000", 86400, [new Told.ConsentFigureView("permit", "DUO:0000042", "current", "9700000", 3, "2026-11-21T20:15:00.000Z", new(1893, 1810, 1976))]);
        var custodian = hub.Of(Role.Custodian);
        (hub.First.Consents, hub.Second.Consents) = ([told], [told with { Dataset = "others" }]);

        var own = Assert.Single(await custodian.GetAsync<List<JsonElement>>(HubRoutes.ConsentFigures));

        Assert.Equal(hub.First.Register.ToString(), own.GetProperty("silo").GetString());
        Assert.True(JsonElement.DeepEquals(JsonSerializer.SerializeToElement(new[] { told }, JsonSerializerOptions.Web), own.GetProperty("datasets")), own.GetRawText());
    }
}
