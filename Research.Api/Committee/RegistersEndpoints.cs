using Microsoft.AspNetCore.Http.HttpResults;
using Research.Api.Accounts;
using Research.Api.Problems;
using Research.Api.Protocol;

namespace Research.Api.Committee;

/// <summary>Budgets of the hospitals' registers, and what silence means there.</summary>
internal static class RegistersEndpoints
{
    public static void MapRegisters(this IEndpointRouteBuilder routes)
    {
        routes.MapGet(HubRoutes.Registers, (RegisterLimits limits, CancellationToken cancel) => limits.ListAsync(cancel)).For(Role.CommitteeMember, Role.Chair, Role.Auditor, Role.Custodian);
        routes.MapGet(HubRoutes.Registers + "/{id}/ballot", BallotAsync).For(Role.CommitteeMember, Role.Auditor);
        routes.MapPost(HubRoutes.Registers + "/{id}/votes", VoteAsync).For(Role.CommitteeMember);
        routes.MapGet(HubRoutes.Registers + "/{id}/silence/{dataset}", async Task<Results<Ok<SilenceBallot>, ProblemHttpResult>> (
            string id, string dataset, string silence, Caller caller, SilenceVotes votes, CancellationToken cancel) =>
            (await votes.ShowAsync(id, dataset, silence, caller, cancel)).ToHttp()).For(Role.CommitteeMember, Role.Auditor);
        routes.MapPost(HubRoutes.Registers + "/{id}/silence/{dataset}/votes", SilenceAsync).For(Role.CommitteeMember);
    }

    private static async Task<Results<Ok<VoteOutcome>, ProblemHttpResult>> SilenceAsync(
        string id, string dataset, SilenceVote vote, Caller caller, SilenceVotes votes, CancellationToken cancel)
    {
        var record = CommitteeEndpoints.ReadRecord(vote.Vote, "vote");
        return record.Refused is null ? (await votes.CastAsync(id, dataset, vote.Silence, caller, record.Value!, cancel)).ToHttp() : record.Refused.ToProblem();
    }

    private static async Task<Results<Ok<LimitBallot>, ProblemHttpResult>> BallotAsync(
        string id, string rho, string delta, int files, Caller caller, RegisterLimits limits, CancellationToken cancel) =>
        (await limits.ShowAsync(id, new LimitProposal(rho, delta, files), caller, cancel)).ToHttp();

    private static async Task<Results<Ok<VoteOutcome>, ProblemHttpResult>> VoteAsync(string id, LimitVote vote, Caller caller, RegisterLimits limits, CancellationToken cancel)
    {
        var record = CommitteeEndpoints.ReadRecord(vote.Vote, "vote");
        return record.Refused is null ? (await limits.CastAsync(id, vote.Limit, caller, record.Value!, cancel)).ToHttp() : record.Refused.ToProblem();
    }
}
