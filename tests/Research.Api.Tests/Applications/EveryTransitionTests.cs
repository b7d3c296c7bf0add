using System.Collections.Concurrent;
using System.Net.Http.Json;
using Research.Api.Applications;
using Research.Api.Protocol;
using Research.Api.Tests.Running;
using Silos.Ledger.Records;
using Xunit;

namespace Research.Api.Tests.Applications;

/// <summary>Everybody tries every command in every state, against the running API: what the table allows happens, all else is refused.</summary>
[Collection("hub")]
public sealed class EveryTransitionTests(HubFixture hub)
{
    private static readonly ConcurrentDictionary<ApplicationState, Task<ApplicationView>> Standing = new();

    /// <summary>Who tries, and the part that the table knows her by; null for those who have none.</summary>
    private static readonly (string Person, Part[] Parts)[] People =
    [
        (Role.Researcher, [Part.Applicant]),
        ("invited", [Part.Invited]),
        ("colleague", [Part.TeamMember]),
        (Role.SigningOfficial, [Part.SigningOfficial]),
        (Role.CommitteeMember, [Part.CommitteeMember]),
        (Role.Chair, [Part.Chair, Part.CommitteeMember]),
        ("other-researcher", []),
        (Role.Patient, []),
        (Role.OutputChecker, []),
        (Role.Custodian, []),
        (Role.Auditor, []),
        (Role.Operator, []),
    ];

    public static IEnumerable<TheoryDataRow<ApplicationState, string, string>> Cases() =>
        from state in Enum.GetValues<ApplicationState>()
        from person in People
        from command in WhoMay.Table.Select(row => row.Command).Distinct()
        select new TheoryDataRow<ApplicationState, string, string>(state, person.Person, command);

    /// <summary>Goal: the API obeys the one table (R6). Method: the command is sent as this person to an application in this state; success if and only if the table has the row.</summary>
    [Theory]
    [MemberData(nameof(Cases))]
    public async Task The_api_allows_what_the_table_allows(ApplicationState state, string person, string command)
    {
        hub.Require();
        var allowed = WhoMay.Allows(state, People.Single(known => known.Person == person).Parts, command);
        var application = allowed ? await MakeAsync(state) : await Standing.GetOrAdd(state, MakeAsync);
        Assert.Equal(state, application.State);
        var answer = await SendAsync(application, person, command);
        if (allowed)
        {
            Assert.True(answer.IsSuccessStatusCode, $"{(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
            return;
        }

        var code = await Person.CodeOf(answer);
        Assert.True(((int)answer.StatusCode, code) is (403, "forbidden" or "not-your-part") or (404, "not-found") or (409, "wrong-state"), $"{(int)answer.StatusCode} {code}");
        if (person is Role.Researcher)
        {
            Assert.Equal(state, (await hub.Applicant.GetAsync<ApplicationView>(Route(application))).State);
        }
    }

    /// <summary>Goal: no page shows a button that the API refuses. Method: the commands that a view offers equal the table's for each person who may see it.</summary>
    [Fact]
    public async Task A_view_offers_exactly_what_the_table_allows()
    {
        hub.Require();
        foreach (var state in Enum.GetValues<ApplicationState>())
        {
            var application = await Standing.GetOrAdd(state, MakeAsync);
            foreach (var (person, parts) in People.Where(known => known.Parts.Length > 0 && (state != ApplicationState.Draft || known.Person is Role.Researcher or "invited" or "colleague")))
            {
                var view = await hub.Of(person).GetAsync<ApplicationView>(Route(application));
                Assert.Equal(WhoMay.Table.Where(row => row.State == state && parts.Contains(row.Part)).Select(row => row.Command).ToHashSet(), [.. view.Commands]);
            }
        }
    }

    private static string Route(ApplicationView application) => $"{HubRoutes.Applications}/{application.Id}";

    private async Task<ApplicationView> MakeAsync(ApplicationState state)
    {
        var application = await hub.DraftAsync();
        var route = Route(application);
        var applicant = hub.Applicant;
        await applicant.PostAsync<ApplicationView>(route + "/invite-member", new InviteMember(hub.Of("colleague").Email));
        await hub.Of("colleague").PostAsync<ApplicationView>(route + "/accept-terms", Terms(hub.Of("colleague")));
        await applicant.PostAsync<ApplicationView>(route + "/invite-member", new InviteMember(hub.Of("invited").Email));
        if (state != ApplicationState.Draft)
        {
            await applicant.PostAsync<ApplicationView>(route + "/submit");
        }

        var member = hub.Of(Role.CommitteeMember);
        switch (state)
        {
            case ApplicationState.PreScreening:
                await member.PostAsync<ApplicationView>(route + "/screen");
                break;
            case ApplicationState.Returned:
                await member.PostAsync<ApplicationView>(route + "/return", new Note("What is measured?"));
                break;
            case ApplicationState.Withdrawn:
                await applicant.PostAsync<ApplicationView>(route + "/withdraw");
                break;
            case ApplicationState.Draft or ApplicationState.Submitted:
                break;
            default:
                await member.PostAsync<ApplicationView>(route + "/review");
                await DecideAsync(application.Id, state);
                break;
        }

        return await applicant.GetAsync<ApplicationView>(route);
    }

    private async Task DecideAsync(string id, ApplicationState state)
    {
        var route = $"{HubRoutes.Applications}/{id}";
        if (state is ApplicationState.ApprovedWithConditions)
        {
            await hub.Of(Role.Chair).PostAsync<ApplicationView>(route + "/set-terms", new Conditions(MinimumCell: 20));
        }

        if (state is ApplicationState.Approved or ApplicationState.ApprovedWithConditions or ApplicationState.Closed)
        {
            await hub.ApproveAsync(id);
        }

        if (state is ApplicationState.Closed)
        {
            await hub.Applicant.PostAsync<ApplicationView>(route + "/close", new Note("Published."));
        }

        if (state is ApplicationState.Rejected)
        {
            (await hub.VoteAsync(route, hub.Of(Role.Chair), hub.Board[0], "issue", "reject")).EnsureSuccessStatusCode();
            (await hub.VoteAsync(route, hub.Of(Role.CommitteeMember), hub.Board[1], "issue", "reject")).EnsureSuccessStatusCode();
            await hub.Of(Role.Chair).PostAsync<ApplicationView>(route + "/close-vote", new Note("The benefit is not shown."));
        }
    }

    private async Task<HttpResponseMessage> SendAsync(ApplicationView application, string person, string command)
    {
        var caller = hub.Of(person);
        var route = Route(application);
        return command switch
        {
            Command.Save => await caller.Http.PutAsJsonAsync(route, hub.Form()),
            Command.Delete => await caller.Http.DeleteAsync(route),
            Command.Vote when application.State == ApplicationState.UnderReview && person is Role.Chair => await hub.VoteAsync(route, caller, hub.Board[0], "issue"),
            Command.Vote when application.State == ApplicationState.UnderReview && person is Role.CommitteeMember => await hub.VoteAsync(route, caller, hub.Board[1], "issue"),
            Command.Vote => await caller.TryPostAsync(route + "/votes", new VoteSubmission(Person.Json(SignedRecord.Sign(
                new Vote(hub.Deployment.ChainId, hub.Deployment.Members, Nonce.ForVote(), hub.Board[0].Id, "approve", Hash32.Random()), hub.Board[0])))),
            Command.Submit or Command.Copy or Command.Amend or Command.Review or Command.Screen => await caller.TryPostAsync($"{route}/{command}"),
            Command.Invite => await caller.TryPostAsync($"{route}/{command}", new InviteMember(hub.Of("other-researcher").Email)),
            Command.Remove => await caller.TryPostAsync($"{route}/{command}", new RemoveMember((await hub.Of("colleague").GetAsync<AccountView>(HubRoutes.Me)).Id)),
            Command.AcceptTerms => await caller.TryPostAsync($"{route}/{command}", Terms(caller)),
            Command.SetTerms => await caller.TryPostAsync($"{route}/{command}", new Conditions(MinimumCell: 15)),
            _ => await caller.TryPostAsync($"{route}/{command}", new Note("Because.")),
        };
    }

    private static AcceptTerms Terms(Person person) => new(Person.Public(person.Key), Person.Public(person.FileKey));
}
