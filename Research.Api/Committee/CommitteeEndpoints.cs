using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Research.Api.Accounts;
using Research.Api.Applications;
using Research.Api.Extracts;
using Research.Api.Permits;
using Research.Api.Problems;
using Research.Api.Protocol;
using Silos.Ledger.Chain;
using Silos.Ledger.Records;

namespace Research.Api.Committee;

/// <summary>Ballots and votes, on applications and on issued permits.</summary>
internal static class CommitteeEndpoints
{
    public static void MapCommittee(this IEndpointRouteBuilder routes)
    {
        routes.MapGet(HubRoutes.Applications + "/{id}/ballot", BallotAsync).For(Role.CommitteeMember, Role.Auditor);
        routes.MapPost(HubRoutes.Applications + "/{id}/" + Command.Vote, VoteAsync).For(Role.CommitteeMember);
        routes.MapPost(HubRoutes.Applications + "/{id}/" + Command.Review, ReviewAsync).For(Role.CommitteeMember);
        routes.MapPost(HubRoutes.Applications + "/{id}/" + Command.SetTerms, SetTermsAsync).For(Role.Chair);
        routes.MapPost(HubRoutes.Applications + "/{id}/" + Command.CloseVote, CloseVoteAsync).For(Role.Chair);
        routes.MapGet(HubRoutes.Permits + "/{id}/ballot", PermitBallotAsync).For(Role.CommitteeMember, Role.Auditor);
        routes.MapPost(HubRoutes.Permits + "/{id}/votes", PermitVoteAsync).For(Role.CommitteeMember);
    }

    private static async Task<Results<Ok<Ballot>, ProblemHttpResult>> BallotAsync(string id, Caller caller, ApplicationStore applications, Ballots ballots, CancellationToken cancel) =>
        await applications.FindAsync(id) is not { } application || !WhoMay.MaySee(caller, application) ? Refusal.NotFound("application").ToProblem()
        : await ballots.ShowAsync(application, caller, cancel) is { } ballot ? TypedResults.Ok(ballot)
        : Refusal.Conflict("There is no open ballot.").ToProblem();

    private static async Task<Results<Ok<VoteOutcome>, ProblemHttpResult>> VoteAsync(string id, VoteSubmission submission, Caller caller, Ballots ballots, CancellationToken cancel)
    {
        var record = ReadRecord(submission.Vote, "vote");
        return record.Refused is null ? (await ballots.CastAsync(id, caller, record.Value!, submission.Reason, cancel)).ToHttp() : record.Refused.ToProblem();
    }

    /// <summary>Complete enough to be judged: a ballot opens on what was asked for.</summary>
    private static async Task<Results<Ok<ApplicationView>, ProblemHttpResult>> ReviewAsync(
        string id, Caller caller, ApplicationStore applications, AccountStore accounts, ChainClient chain, TimeProvider clock) =>
        await ApplicationsEndpoints.ShowAsync(
            await applications.ActAsync(id, caller, Command.Review, application => new ApplicationEvent[] { new ApplicationEvent.ReviewBegun(), Open(application, null, chain, clock) }),
            caller,
            accounts);

    /// <summary>The chair sets conditions and caps; votes on the earlier document lapse.</summary>
    private static async Task<Results<Ok<ApplicationView>, ProblemHttpResult>> SetTermsAsync(
        string id, Conditions conditions, Caller caller, ApplicationStore applications, AccountStore accounts, ChainClient chain, TimeProvider clock) =>
        await ApplicationsEndpoints.ShowAsync(
            await applications.ActAsync(id, caller, Command.SetTerms, application => DraftPermit.Check(application, conditions, clock.GetUtcNow()) is { } refused
                ? refused
                : new ApplicationEvent[] { Open(application, conditions, chain, clock) }),
            caller,
            accounts);

    private static async Task<Results<Ok<ApplicationView>, ProblemHttpResult>> CloseVoteAsync(
        string id, Note? note, Caller caller, ApplicationStore applications, AccountStore accounts, ChainClient chain, TimeProvider clock, CancellationToken cancel)
    {
        var quorum = (await chain.ReadMembersAsync(cancel)).Quorum;
        var closed = await applications.ActAsync(id, caller, Command.CloseVote, application =>
        {
            var decided = CloseVote.Decide(application, quorum, note?.Text);
            return decided.Value is [ApplicationEvent.Tabled tabled] ? new ApplicationEvent[] { tabled, Open(application, application.Ballot!.Conditions, chain, clock) } : decided;
        });
        return await ApplicationsEndpoints.ShowAsync(closed, caller, accounts);
    }

    private static async Task<Results<Ok<Ballot>, ProblemHttpResult>> PermitBallotAsync(string id, Caller caller, PermitStore permits, PermitActs acts, CancellationToken cancel) =>
        await permits.FindAsync(id) is { } permit ? TypedResults.Ok(await acts.ShowAsync(permit, caller, cancel)) : Refusal.NotFound("permit").ToProblem();

    private static async Task<Results<Ok<VoteOutcome>, ProblemHttpResult>> PermitVoteAsync(
        string id, VoteSubmission submission, Caller caller, PermitStore permits, PermitActs acts, ExtractStore jobs, CancellationToken cancel)
    {
        var record = ReadRecord(submission.Vote, "vote");
        if (record.Refused is not null)
        {
            return record.Refused.ToProblem();
        }

        if (await permits.FindAsync(id) is not { } permit)
        {
            return Refusal.NotFound("permit").ToProblem();
        }

        var outcome = await acts.CastAsync(permit, caller, record.Value!, submission.Reason, cancel);
        if (outcome.Value is { State: "suspended" or "revoked" } stopped)
        {
            await jobs.StopAsync(id, $"The board {stopped.State} the permit. {submission.Reason}");
        }

        return outcome.ToHttp();
    }

    /// <summary>A signed record as a stranger sent it.</summary>
    internal static Outcome<SignedRecord> ReadRecord(JsonElement json, string field)
    {
        try
        {
            return json.Deserialize<SignedRecord>(CanonicalJson.Options) ?? (Outcome<SignedRecord>)Refusal.Invalid($"{field}: expected a signed record.");
        }
        catch (JsonException bad)
        {
            return Refusal.Invalid($"{field}: {bad.Message}");
        }
    }

    private static ApplicationEvent.BallotOpened Open(Application application, Conditions? conditions, ChainClient chain, TimeProvider clock) =>
        DraftPermit.Write(application, conditions, chain.Deployment.Deployed, Hash32.Random(), Nonce.New(), clock.GetUtcNow());
}
