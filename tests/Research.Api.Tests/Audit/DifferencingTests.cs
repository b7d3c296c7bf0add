using System.Net;
using System.Text.Json;
using Research.Api.Audit.Differencing;
using Research.Api.Protocol;
using Research.Api.Tests.Running;
using Silos.Ledger.Records;
using Story;
using Xunit;

namespace Research.Api.Tests.Audit;

/// <summary>E7: the board is alerted when a project's questions could be told apart to single somebody out.</summary>
[Collection("hub")]
public sealed class DifferencingTests(HubFixture hub)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private const string Adults = """{"attribute":"age","atLeast":18}""";
    private const string Women = """{"attribute":"sex","in":["female"]}""";
    private const string NotHere = """{"not":{"attribute":"municipality","in":["3106200"]}}""";

    /// <summary>Goal: near are two cohorts one of which lies in the other with few between, and no others. Method: pairs of conditions with the intervals in which their counts
    /// were released (none where no count was asked), each in both orders.</summary>
    [Theory]
    [InlineData(Adults, 268, 302, Adults + "," + NotHere, 262, 296, true)]
    [InlineData(Adults, 268, 302, Adults + "," + Women, 130, 164, false)]
    [InlineData(Women, 130, 164, """{"attribute":"sex","in":["male"]}""", 128, 162, false)]
    [InlineData(Adults, 268, 302, """{"attribute":"age","atLeast":19}""", 265, 299, true)]
    [InlineData("""{"attribute":"age","atLeast":40,"below":60}""", 80, 110, """{"attribute":"age","atLeast":50,"below":70}""", 82, 112, false)]
    [InlineData("""{"attribute":"age","atLeast":40,"below":60}""", 80, 110, """{"attribute":"age","atLeast":41,"below":60}""", 78, 108, true)]
    [InlineData("""{"attribute":"sex","in":["male","female"]}""", 268, 302, """{"attribute":"sex","in":["female","male"]}""", 268, 302, false)]
    [InlineData("", 280, 320, Women, 130, 164, false)]
    [InlineData("", 280, 320, NotHere, 275, 315, true)]
    [InlineData(Women + "," + NotHere, 0, 10, Women, 0, 10, false)]
    [InlineData("""{"event":"visit","atLeast":2}""", 200, 234, """{"attribute":"sex","in":["female","male"]},{"event":"visit","atLeast":2}""", 198, 232, true)]
    [InlineData(Adults, null, null, Adults + "," + NotHere, null, null, true)]
    [InlineData(Adults, null, null, Adults + "," + Women, null, null, false)]
    [InlineData("""{"attribute":"place","in":["a","b","c"]}""", null, null, """{"attribute":"place","in":["a","b"]}""", null, null, true)]
    [InlineData("""{"attribute":"place","in":["a","b","c","d"]}""", null, null, """{"attribute":"place","in":["a","b"]}""", null, null, false)]
    [InlineData(Adults, null, null, """{"attribute":"age","atLeast":19}""", null, null, true)]
    [InlineData(Adults, null, null, """{"attribute":"age","atLeast":40}""", null, null, false)]
    public void Near_cohorts_are_told_from_others(string one, int? oneFrom, int? oneTo, string other, int? otherFrom, int? otherTo, bool near)
    {
        var (a, b) = (Cohort(one, oneFrom, oneTo), Cohort(other, otherFrom, otherTo));
        Assert.Equal(near, FindDifferencing.MaySingleOut(a, b));
        Assert.Equal(near, FindDifferencing.MaySingleOut(b, a));
        Assert.Equal(a.Cohort, CohortRule.Cohort(CohortRule.Again(a.Cohort)));
        Assert.False(FindDifferencing.MaySingleOut(a with { Refused = true }, b));
    }

    /// <summary>Goal: scripted differencing raises one alert, which is an entry, and an ordinary analysis none (E7). Method: under one permit adults, women, age groups and municipalities; under another
    /// a cohort, the same without one municipality, both twice. The alert names both cohorts, its entry in the hub's log is an alarm of that permit, and a researcher may not see it.</summary>
    [Fact]
    public async Task Scripted_differencing_is_seen_and_an_ordinary_analysis_is_not()
    {
        hub.Require();
        var (ordinary, scripted) = (await hub.ApprovedAsync(), await hub.ApprovedAsync());
        foreach (var (where, count) in new[] { ("", 3000), (Adults, 2500), (Adults + "," + Women, 1300), ("""{"attribute":"age","atLeast":65}""", 900), ("""{"attribute":"diagnoses","in":["E11"]}""", 600), (Women, 1600) })
        {
            await AskAsync(ordinary.Permit!, where, count);
        }

        foreach (var (where, count) in new[] { (Adults, 285), (NotHere + "," + Adults, 281), (Adults, 285), (Adults + "," + NotHere, 281) })
        {
            await AskAsync(scripted.Permit!, where, count);
        }

        var alert = Assert.Single(await AlertsAsync(scripted.Id, 1));
        Assert.Equal((AuditAlert.NearCohorts, scripted.Permit, "cohort", scripted.Form.Title), (alert.Kind, alert.Permit, alert.Dataset, alert.Project));
        Assert.Equal([$"[{Adults}]".Length, $"[{Adults},{NotHere}]".Length], new[] { alert.First.Length, alert.Second.Length }.Order());
        Assert.Empty(await AlertsAsync(ordinary.Id, 0));
        var entries = (await hub.Of(Role.Chair).GetAsync<AuditPage>($"{HubRoutes.AuditEntries}?permit={scripted.Permit}&kind={EntryKind.Alarm}")).Lines;
        Assert.Equal(alert.Seq, Assert.Single(entries).Seq);
        Assert.Equal(HttpStatusCode.Forbidden, (await hub.Applicant.Http.GetAsync(HubRoutes.AuditAlerts)).StatusCode);
    }

    /// <summary>Goal: a grid of near cohorts does not bury the board. Method: thirteen cohorts, each of one more year than the one before and of four more people: more than ten pairs that may single out
    /// somebody, ten alerts of pairs and one that there are more; another project's pair is seen beside them.</summary>
    [Fact]
    public async Task A_grid_of_near_cohorts_raises_ten_alerts_a_day_and_one_that_there_are_more()
    {
        hub.Require();
        var (grid, other) = (await hub.ApprovedAsync(), await hub.ApprovedAsync());
        for (var year = 0; year < 13; year++)
        {
            await AskAsync(grid.Permit!, $$"""{"attribute":"age","below":{{60 + year}} }""", 300 + (4 * year));
        }

        await AskAsync(other.Permit!, Adults, 285);
        await AskAsync(other.Permit!, Adults + "," + NotHere, 281);

        Assert.Single(await AlertsAsync(other.Id, 1));
        var alerts = await AlertsAsync(grid.Id, WatchQuestions.MostNear + 1);
        Assert.Equal(WatchQuestions.MostNear, alerts.Count(alert => alert.Kind == AuditAlert.NearCohorts));
        Assert.Single(alerts, alert => alert.Kind == AuditAlert.MoreNearCohorts);
        Assert.Equal(WatchQuestions.MostNear + 1, alerts.Count);
    }

    /// <summary>Goal: asking for new noise again and again, and many refusals, raise an alert each (E7). Method: nine charged answers about one cohort and as many redeliveries, then the tenth;
    /// nineteen refusals, then the twentieth.</summary>
    [Fact]
    public async Task Repeated_asking_and_many_refusals_are_seen()
    {
        hub.Require();
        var application = await hub.ApprovedAsync();
        for (var i = 1; i < FindDifferencing.Repeats; i++)
        {
            await AskAsync(application.Permit!, Adults, 250);
            await AskAsync(application.Permit!, Adults, 250, redelivered: true);
        }

        for (var i = 1; i < FindDifferencing.Refusals; i++)
        {
            await AskAsync(application.Permit!, Women, null);
        }

        Assert.Empty(await AlertsAsync(application.Id, 0));
        await AskAsync(application.Permit!, Adults, 250);
        await AskAsync(application.Permit!, Women, null);
        Assert.Equal(
            [(AuditAlert.Refusals, FindDifferencing.Refusals), (AuditAlert.Repeats, FindDifferencing.Repeats)],
            (await AlertsAsync(application.Id, 2)).Select(alert => (alert.Kind, alert.Times)).OrderBy(alert => alert.Kind, StringComparer.Ordinal));
    }

    private static AskedCohort Cohort(string where, int? from, int? to) =>
        new("a", "p", "s", "d", CohortRule.Of(JsonDocument.Parse($$"""{"where":[{{where}}]}""").RootElement), from, to, Charged: true, Refused: false);

    /// <param name="count">The noisy count that the silo releases, give or take 17; null for a refusal.</param>
    private async Task AskAsync(string permit, string where, int? count, bool redelivered = false)
    {
        hub.First.Answer = count is { } value
            ? (200, "application/json", $$"""{"groups":[{"key":{},"count":{"value":{{value}},"interval95":[{{value - 17}},{{value + 17}}]} }]{{(redelivered ? ",\"first\":{}" : "")}} }""")
            : (403, "application/problem+json", """{"code":"over-permit-cap"}""");
        var signed = new SignedQuery(hub.Deployment.ChainId, hub.Deployment.Members, Nonce.New(), Hash32.Parse(permit), hub.First.Register, "cohort", Hash32.Random(), Fresh: !redelivered);
        var query = JsonDocument.Parse($$"""{"where":[{{where}}],"measures":[{"kind":"count"}],"loss":{"epsilon":0.5,"delta":1e-6} }""").RootElement;
        using var answer = await hub.Applicant.TryPostAsync(HubRoutes.Queries, new QueryRelay(Person.Json(SignedRecord.Sign(signed, hub.Applicant.Key)), query));
        Assert.Equal(count is null ? HttpStatusCode.Forbidden : HttpStatusCode.OK, answer.StatusCode);
    }

    /// <summary>The alerts of a project, once there are as many: the watch works behind the answers.</summary>
    private Task<IReadOnlyList<AuditAlert>> AlertsAsync(string application, int least) =>
        Until.ReadAsync("alerts", Patience, () => hub.Of(Role.CommitteeMember).GetAsync<IReadOnlyList<AuditAlert>>($"{HubRoutes.AuditAlerts}?application={application}"), alerts => alerts.Count >= least);
}
