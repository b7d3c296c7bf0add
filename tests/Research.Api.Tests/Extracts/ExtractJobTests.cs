using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using System.Text.Json;
using Research.Api.Protocol;
using Research.Api.Tests.Running;
using Silos.Ledger.Records;
using Silos.Protocol;
using Xunit;

namespace Research.Api.Tests.Extracts;

[Collection("hub")]
public sealed class ExtractJobTests(HubFixture hub)
{
    /// <summary>Goal: a file is a job that two checkers release, and the hub relays its sealed bytes. Method: ask, follow the events to 'produced', two checks, fetch; the applicant's own check is refused by role.</summary>
    [Fact]
    public async Task A_file_is_asked_for_followed_checked_and_fetched()
    {
        hub.Require();
        hub.First.Hold = null;
        hub.First.File = new ExtractView("file-a", "produced", JsonSerializer.SerializeToElement(new { k = 11 }), 0, 2);
        var job = await AskAsync(await hub.ApprovedAsync(hub.Form("statistics", "file")));
        var states = await FollowAsync(job.Id);
        Assert.Equal("produced", states[^1].State);
        Assert.Equal("file-a", states[^1].Extract);

        var check = new ExtractCheck(JsonSerializer.SerializeToElement(new { body = "signed" }));
        Assert.Equal("forbidden", await Person.CodeOf(await hub.Applicant.TryPostAsync($"{HubRoutes.Extracts}/{job.Id}/checks", check)));
        (await hub.Of(Role.OutputChecker).TryPostAsync($"{HubRoutes.Extracts}/{job.Id}/checks", check)).EnsureSuccessStatusCode();
        Assert.Equal((1, "produced"), await StandingAsync(job.Id));
        (await hub.Of(Role.OutputChecker).TryPostAsync($"{HubRoutes.Extracts}/{job.Id}/checks", check)).EnsureSuccessStatusCode();
        Assert.Equal((2, "released"), await StandingAsync(job.Id));
        Assert.Equal("""{"file":"sealed"}""", await hub.Applicant.Http.GetStringAsync($"{HubRoutes.Extracts}/{job.Id}/file"));
        Assert.Equal("not-found", await Person.CodeOf(await hub.Of("other-researcher").Http.GetAsync($"{HubRoutes.Extracts}/{job.Id}/file")));
    }

    /// <summary>Goal: the board's condition is enforced by the machine (E2). Method: approve with outputs 'statistics' alone what asked for files; asking for a file is refused and the condition named.</summary>
    [Fact]
    public async Task A_file_is_refused_where_the_board_allowed_aggregates_only()
    {
        hub.Require();
        var application = await hub.UnderReviewAsync(hub.Form("statistics", "file"));
        await hub.Of(Role.Chair).PostAsync<ApplicationView>($"{HubRoutes.Applications}/{application.Id}/set-terms", new Conditions(Outputs: ["statistics"]));
        await hub.ApproveAsync(application.Id);
        var approved = await hub.Applicant.GetAsync<ApplicationView>($"{HubRoutes.Applications}/{application.Id}");
        Assert.Equal(ApplicationState.ApprovedWithConditions, approved.State);
        var refused = await hub.Applicant.TryPostAsync(HubRoutes.Extracts, Relay(approved));
        Assert.Contains("The board's condition: this permit allows statistics, not 'file'", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal("not-permitted", await Person.CodeOf(refused));
    }

    /// <summary>Goal: revoking stops a running job (E5), and a researcher can cancel one. Method: the silo holds two jobs; one is cancelled, the permit of the other suspended; both end without a file.</summary>
    [Fact]
    public async Task A_running_job_is_cancelled_by_its_researcher_and_stopped_by_the_board()
    {
        hub.Require();
        hub.First.Hold = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var application = await hub.ApprovedAsync(hub.Form("statistics", "file"));
        var own = await AskAsync(application);
        (await hub.Applicant.Http.DeleteAsync($"{HubRoutes.Extracts}/{own.Id}")).EnsureSuccessStatusCode();
        Assert.Equal("cancelled", (await FollowAsync(own.Id))[^1].State);

        var stopped = await AskAsync(application);
        (await hub.VoteAsync($"{HubRoutes.Permits}/{application.Permit}", hub.Of(Role.Chair), hub.Board[0], "suspend")).EnsureSuccessStatusCode();
        var end = (await FollowAsync(stopped.Id))[^1];
        Assert.Equal(("cancelled", "permit-not-active"), (end.State, end.ErrorCode!));
        hub.First.Hold.SetResult();
        hub.First.Hold = null;
    }

    private async Task<ExtractJob> AskAsync(ApplicationView application)
    {
        var asked = await hub.Applicant.TryPostAsync(HubRoutes.Extracts, Relay(application));
        Assert.True((int)asked.StatusCode == 202, await asked.Content.ReadAsStringAsync());
        return (await asked.Content.ReadFromJsonAsync<ExtractJob>())!;
    }

    private QueryRelay Relay(ApplicationView application)
    {
        var signed = new SignedQuery(hub.Deployment.ChainId, hub.Deployment.Members, Nonce.New(), Hash32.Parse(application.Permit!), hub.First.Register, "cohort", Hash32.Random(), SignedQuery.File);
        return new QueryRelay(Person.Json(SignedRecord.Sign(signed, hub.Applicant.Key)), JsonSerializer.SerializeToElement(new { attributes = new[] { "age" } }));
    }

    private async Task<(int Approvals, string State)> StandingAsync(string id)
    {
        var job = await hub.Applicant.GetAsync<ExtractJob>($"{HubRoutes.Extracts}/{id}");
        return (job.Approvals, job.State);
    }

    private async Task<IReadOnlyList<ExtractJob>> FollowAsync(string id)
    {
        List<ExtractJob> seen = [];
        await using var stream = await hub.Applicant.Http.GetStreamAsync($"{HubRoutes.Extracts}/{id}/events");
        await foreach (var item in SseParser.Create(stream, (_, bytes) => JsonSerializer.Deserialize<ExtractJob>(bytes, JsonSerializerOptions.Web)!).EnumerateAsync())
        {
            seen.Add(item.Data);
        }

        return seen;
    }
}
