using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Research.Api.Protocol;
using Research.Api.Tests.Running;
using Silos.Ledger.Chain;
using Silos.Ledger.Records;
using Xunit;

namespace Research.Api.Tests.Committee;

[Collection("hub")]
public sealed class VotingTests(HubFixture hub)
{
    /// <summary>Goal: the board's quorum, and nothing less, makes a permit. Method: vote once, look; vote twice, look at the hub, the chain, and the silo.</summary>
    [Fact]
    public async Task Two_signed_votes_issue_the_permit_and_bring_it_to_the_silo()
    {
        hub.Require();
        var application = await hub.UnderReviewAsync();
        var route = $"{HubRoutes.Applications}/{application.Id}";
        (await hub.VoteAsync(route, hub.Of(Role.Chair), hub.Board[0], "issue")).EnsureSuccessStatusCode();
        Assert.Equal(ApplicationState.UnderReview, (await hub.Applicant.GetAsync<ApplicationView>(route)).State);

        var second = await hub.VoteAsync(route, hub.Of(Role.CommitteeMember), hub.Board[1], "issue");
        Assert.True(second.IsSuccessStatusCode, await second.Content.ReadAsStringAsync());
        var approved = await hub.Applicant.GetAsync<ApplicationView>(route);
        Assert.Equal(ApplicationState.Approved, approved.State);
        var permit = await hub.Applicant.GetAsync<PermitView>($"{HubRoutes.Permits}/{approved.Permit}");
        Assert.Equal("active", permit.State);
        Assert.Equal([hub.First.Register.ToString()], permit.Delivered);
        Assert.Contains(hub.First.Received, sent => sent.Route == $"PUT /permits/{approved.Permit}");
        Assert.Equal(PermitStatus.Active, (await hub.Chain.ReadPermitAsync(Hash32.Parse(approved.Permit!), hub.First.Register)).Status);
    }

    /// <summary>Goal: only a member's own key votes. Method: a stranger's key, a vote on another subject, the same member twice.</summary>
    [Fact]
    public async Task A_vote_with_another_key_or_on_another_subject_is_refused()
    {
        hub.Require();
        var application = await hub.UnderReviewAsync();
        var route = $"{HubRoutes.Applications}/{application.Id}";
        using var stranger = SigningKey.Create();
        var forged = await hub.VoteAsync(route, hub.Of(Role.Chair), stranger, "issue");
        Assert.Equal("bad-signature", await Person.CodeOf(forged));

        var vote = new Vote(hub.Deployment.ChainId, hub.Deployment.Members, Nonce.ForVote(), hub.Board[0].Id, "approve", Hash32.Random());
        var astray = await hub.Of(Role.Chair).TryPostAsync(route + "/votes", new VoteSubmission(Person.Json(SignedRecord.Sign(vote, hub.Board[0]))));
        Assert.Equal("another-subject", await Person.CodeOf(astray));

        (await hub.VoteAsync(route, hub.Of(Role.Chair), hub.Board[0], "issue")).EnsureSuccessStatusCode();
        Assert.Equal("conflict", await Person.CodeOf(await hub.VoteAsync(route, hub.Of(Role.Chair), hub.Board[0], "issue")));
    }

    /// <summary>Goal: a conflict of interest never approves (E1). Method: a member of the applicant's institution votes; so does one who recused herself.</summary>
    [Fact]
    public async Task A_conflicted_member_cannot_vote()
    {
        hub.Require();
        var application = await hub.UnderReviewAsync();
        var route = $"{HubRoutes.Applications}/{application.Id}";
        Assert.Equal("conflict-of-interest", await Person.CodeOf(await hub.VoteAsync(route, hub.Of("conflicted"), hub.Board[2], "issue")));
        await hub.Of(Role.CommitteeMember).PostAsync<ApplicationView>(route + "/recuse", new Note("I wrote a paper with her."));
        Assert.Equal("conflict-of-interest", await Person.CodeOf(await hub.VoteAsync(route, hub.Of(Role.CommitteeMember), hub.Board[1], "issue")));
    }

    /// <summary>Goal: a conflicted member's vote that goes to the chain past the hub issues nothing here, and the hub says so (E1). Method: she signs what her ballot shows and sends it to the contract herself; with the chair's vote the chain counts a quorum; the application stays under review with a step that says why, no silo gets a document, and a clean second vote issues it.</summary>
    [Fact]
    public async Task A_conflicted_vote_sent_to_the_chain_itself_issues_nothing()
    {
        hub.Require();
        var application = await hub.UnderReviewAsync();
        var route = $"{HubRoutes.Applications}/{application.Id}";
        var ballot = await hub.Of("conflicted").GetAsync<Ballot>(route + "/ballot");
        var vote = JsonSerializer.Deserialize<Vote>(ballot.Questions.Single().Bodies["approve"], CanonicalJson.Options)!;
        using var past = hub.ChainOfAStranger();
        Assert.Null((await past.CastVoteAsync(SignedRecord.Sign(vote, hub.Board[2]))).Refusal);

        var answer = await hub.VoteAsync(route, hub.Of(Role.Chair), hub.Board[0], "issue");
        var outcome = (await answer.Content.ReadFromJsonAsync<VoteOutcome>())!;
        Assert.Equal((2, 2, null), (outcome.Counted, outcome.Quorum, outcome.PermitId));
        Assert.Contains("without a conflict of interest", outcome.State, StringComparison.Ordinal);
        var view = await hub.Applicant.GetAsync<ApplicationView>(route);
        Assert.Equal(ApplicationState.UnderReview, view.State);
        Assert.Contains(view.History, step => step.Note?.Contains("no permit is issued", StringComparison.Ordinal) == true && step.Seq is not null);
        Assert.DoesNotContain(hub.First.Received, sent => sent.Route == $"PUT /permits/{ballot.PermitId}");

        (await hub.VoteAsync(route, hub.Of(Role.CommitteeMember), hub.Board[1], "issue")).EnsureSuccessStatusCode();
        Assert.Equal(ApplicationState.Approved, (await hub.Applicant.GetAsync<ApplicationView>(route)).State);
    }

    /// <summary>Goal: below the quorum nothing is approved, and the chair alone cannot (E1). Method: one approval, the chair closes: tabled, the ballot lapses; under review again, an approval and a rejection, closed: rejected; an appeal opens it once.</summary>
    [Fact]
    public async Task A_missed_quorum_is_tabled_and_a_split_vote_rejected()
    {
        hub.Require();
        var application = await hub.UnderReviewAsync();
        var route = $"{HubRoutes.Applications}/{application.Id}";
        (await hub.VoteAsync(route, hub.Of(Role.Chair), hub.Board[0], "issue")).EnsureSuccessStatusCode();
        var tabled = await hub.Of(Role.Chair).PostAsync<ApplicationView>(route + "/close-vote", new Note("Too few were there."));
        Assert.Equal(ApplicationState.UnderReview, tabled.State);
        Assert.Equal(["tabled", "ballot-opened"], tabled.History.TakeLast(2).Select(step => step.Kind));
        Assert.Empty((await hub.Of(Role.Chair).GetAsync<Ballot>(route + "/ballot")).Votes);

        await hub.Of(Role.Chair).PostAsync<ApplicationView>(route + "/set-terms", new Conditions(Outputs: ["statistics"], MinimumCell: 20));
        (await hub.VoteAsync(route, hub.Of(Role.Chair), hub.Board[0], "issue")).EnsureSuccessStatusCode();
        (await hub.VoteAsync(route, hub.Of(Role.CommitteeMember), hub.Board[1], "issue", "reject")).EnsureSuccessStatusCode();
        Assert.Equal(ApplicationState.Rejected, (await hub.Of(Role.Chair).PostAsync<ApplicationView>(route + "/close-vote", new Note("No benefit shown."))).State);
        Assert.Equal(ApplicationState.Submitted, (await hub.Applicant.PostAsync<ApplicationView>(route + "/appeal", new Note("There is one."))).State);
    }

    /// <summary>Goal: the board stops a permit (E5). Method: one member suspends, the quorum resumes, the quorum revokes; the chain is read each time.</summary>
    [Fact]
    public async Task One_member_suspends_and_the_quorum_resumes_and_revokes()
    {
        hub.Require();
        var permit = (await hub.ApprovedAsync()).Permit!;
        var route = $"{HubRoutes.Permits}/{permit}";
        async Task<PermitStatus> Status() => (await hub.Chain.ReadPermitAsync(Hash32.Parse(permit), hub.First.Register)).Status;

        (await hub.VoteAsync(route, hub.Of(Role.Chair), hub.Board[0], "suspend")).EnsureSuccessStatusCode();
        Assert.Equal(PermitStatus.Suspended, await Status());
        (await hub.VoteAsync(route, hub.Of(Role.Chair), hub.Board[0], "resume")).EnsureSuccessStatusCode();
        Assert.Equal(PermitStatus.Suspended, await Status());
        (await hub.VoteAsync(route, hub.Of(Role.CommitteeMember), hub.Board[1], "resume")).EnsureSuccessStatusCode();
        Assert.Equal(PermitStatus.Active, await Status());
        (await hub.VoteAsync(route, hub.Of(Role.Chair), hub.Board[0], "revoke")).EnsureSuccessStatusCode();
        (await hub.VoteAsync(route, hub.Of(Role.CommitteeMember), hub.Board[1], "revoke")).EnsureSuccessStatusCode();
        Assert.Equal(PermitStatus.Revoked, await Status());
        Assert.Equal("revoked", (await hub.Applicant.GetAsync<PermitView>(route)).State);
    }

    /// <summary>Goal: the hub relays and keeps nothing. Method: a query under the permit; the silo's bytes come back, the permit of somebody else is refused.</summary>
    [Fact]
    public async Task A_query_is_relayed_byte_for_byte_to_those_who_work_under_the_permit()
    {
        hub.Require();
        var permit = (await hub.ApprovedAsync()).Permit!;
        var query = JsonSerializer.SerializeToElement(new { measures = new[] { new { kind = "count" } } });
        var signed = new SignedQuery(hub.Deployment.ChainId, hub.Deployment.Members, Nonce.New(), Hash32.Parse(permit), hub.First.Register, "cohort", Hash32.Random());
        var relay = new QueryRelay(Person.Json(SignedRecord.Sign(signed, hub.Applicant.Key)), query);
        hub.First.Answer = (403, "application/problem+json; charset=utf-8", """{ "code" : "over-permit-cap" }""");
        var answer = await hub.Applicant.TryPostAsync(HubRoutes.Queries, relay);
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Equal("""{ "code" : "over-permit-cap" }""", Encoding.UTF8.GetString(await answer.Content.ReadAsByteArrayAsync()));
        Assert.Equal("unknown-permit", await Person.CodeOf(await hub.Of("other-researcher").TryPostAsync(HubRoutes.Queries, relay)));
    }

    /// <summary>Goal: each step is a line in the hub's log that anybody can prove. Method: approve an application, then fetch a proof for every step with a number.</summary>
    [Fact]
    public async Task Each_step_has_a_proof()
    {
        hub.Require();
        var application = await hub.ApprovedAsync();
        var steps = application.History.Where(step => step.Seq is not null).ToList();
        Assert.Equal(["submitted", "review-begun", "ballot-opened", "voted", "voted", "approved"], steps.Select(step => step.Kind));
        using var anybody = hub.Anybody();
        var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        foreach (var step in steps)
        {
            var answer = await anybody.GetAsync($"{HubRoutes.LedgerProof}/{step.Seq}", patience.Token);
            while (answer.StatusCode == HttpStatusCode.NotFound)
            {
                answer = await anybody.GetAsync($"{HubRoutes.LedgerProof}/{step.Seq}", patience.Token);
            }

            answer.EnsureSuccessStatusCode();
        }
    }
}
