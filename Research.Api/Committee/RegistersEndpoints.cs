using Microsoft.AspNetCore.Http.HttpResults;
using Research.Api.Accounts;
using Research.Api.Problems;
using Research.Api.Protocol;

namespace Research.Api.Committee;

/// <summary>Budgets of the hospitals' registers.</summary>
internal static class RegistersEndpoints
{
    public static void MapRegisters(this IEndpointRouteBuilder routes)
    {
        routes.MapGet(HubRoutes.Registers, (RegisterLimits limits, CancellationToken cancel) => limits.ListAsync(cancel)).For(Role.CommitteeMember, Role.Chair, Role.Auditor, Role.Custodian);
        routes.MapGet(HubRoutes.Registers + "/{id}/ballot", BallotAsync).For(Role.CommitteeMember, Role.Auditor);
        routes.MapPost(HubRoutes.Registers + "/{id}/votes", VoteAsync).For(Role.CommitteeMember);
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
