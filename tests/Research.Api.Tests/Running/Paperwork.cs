using System.Net.Http.Json;
using Research.Api.Protocol;
using Silos.Ledger.Records;

namespace Research.Api.Tests.Running;

/// <summary>The common way of an application, as far as a test needs it.</summary>
internal static class Paperwork
{
    /// <summary>A complete form for the first silo's cohort.</summary>
    public static ApplicationForm Form(this HubFixture hub, params string[] outputs) => new(
        Title: "Blood sugar by age",
        LaySummary: "We ask how blood sugar changes with age.",
        Purpose: "DUO:0000042",
        User: "non-profit",
        Country: "BR",
        Datasets: [new DatasetChoice(hub.First.Register.ToString(), "cohort")],
        Outputs: outputs.Length == 0 ? ["statistics"] : outputs,
        EndDate: "2030-12-31",
        SigningKey: Person.Public(hub.Applicant.Key),
        FileKey: Person.Public(hub.Applicant.FileKey));

    public static async Task<ApplicationView> DraftAsync(this HubFixture hub, ApplicationForm? form = null) =>
        await hub.Applicant.PostAsync<ApplicationView>(HubRoutes.Applications, form ?? hub.Form());

    public static async Task<ApplicationView> SubmittedAsync(this HubFixture hub, ApplicationForm? form = null) =>
        await hub.Applicant.PostAsync<ApplicationView>($"{HubRoutes.Applications}/{(await hub.DraftAsync(form)).Id}/submit");

    public static async Task<ApplicationView> UnderReviewAsync(this HubFixture hub, ApplicationForm? form = null) =>
        await hub.Of(Role.CommitteeMember).PostAsync<ApplicationView>($"{HubRoutes.Applications}/{(await hub.SubmittedAsync(form)).Id}/review");

    /// <summary>The member signs exactly what the ballot offers and casts it.</summary>
    public static async Task<HttpResponseMessage> VoteAsync(this HubFixture hub, string route, Person member, SigningKey key, string act, string decision = "approve")
    {
        _ = hub;
        var ballot = await member.GetAsync<Ballot>(route + "/ballot");
        var body = ballot.Questions.Single(question => question.Act == act).Bodies[decision];
        var vote = System.Text.Json.JsonSerializer.Deserialize<Vote>(body, CanonicalJson.Options)!;
        return await member.TryPostAsync(route + "/votes", new VoteSubmission(Person.Json(SignedRecord.Sign(vote, key))));
    }

    /// <summary>Approved by the chair and a member, and delivered.</summary>
    public static async Task<ApplicationView> ApprovedAsync(this HubFixture hub, ApplicationForm? form = null)
    {
        var application = await hub.UnderReviewAsync(form);
        await hub.ApproveAsync(application.Id);
        return await hub.Applicant.GetAsync<ApplicationView>($"{HubRoutes.Applications}/{application.Id}");
    }

    public static async Task<VoteOutcome> ApproveAsync(this HubFixture hub, string application)
    {
        var route = $"{HubRoutes.Applications}/{application}";
        (await hub.VoteAsync(route, hub.Of(Role.Chair), hub.Board[0], "issue")).EnsureSuccessStatusCode();
        var second = await hub.VoteAsync(route, hub.Of(Role.CommitteeMember), hub.Board[1], "issue");
        second.EnsureSuccessStatusCode();
        return (await second.Content.ReadFromJsonAsync<VoteOutcome>())!;
    }
}
