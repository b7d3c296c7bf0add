using System.Text.Json;
using Research.Api.Accounts;
using Research.Api.Applications;
using Research.Api.Permits;
using Research.Api.Problems;
using Research.Api.Protocol;
using Silos.Ledger.Chain;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;

namespace Research.Api.Committee;

/// <summary>The board's votes upon an issued permit: one member suspends it, the quorum resumes or revokes it. Silos read the result on the chain.</summary>
internal sealed class PermitActs(ApplicationStore applications, PermitStore permits, AccountStore accounts, ChainClient chain, Database database, TimeProvider clock)
{
    private static readonly (PermitAct Act, string Name)[] Acts = [(PermitAct.Suspend, "suspend"), (PermitAct.Resume, "resume"), (PermitAct.Revoke, "revoke")];

    /// <summary>What can be decided on the permit as it stands on the chain.</summary>
    public async Task<Ballot> ShowAsync(IssuedPermit issued, Caller caller, CancellationToken cancel)
    {
        var permit = Read(issued);
        var (there, quorum) = await StandingAsync(permit, cancel);
        var member = await accounts.MemberKeyAsync(caller.Id);
        return new Ballot(
            issued.Id,
            JsonSerializer.SerializeToElement(permit, CanonicalJson.Options),
            [.. Acts.Where(act => IsOpen(there.Status, act.Act)).Select(act =>
            {
                var subject = Subjects.Act(permit.Id(), act.Act, there.Acts);
                return new BallotQuestion(act.Name, subject.ToString(), Needed(act.Act, quorum), Ballots.Bodies(member, subject, chain.Deployment.Deployed));
            })],
            await permits.VotesAsync(issued.Id));
    }

    /// <summary>Casts a vote on an act; when enough approve, the act is done on the chain. Asking again after a failure is safe.</summary>
    public async Task<Outcome<VoteOutcome>> CastAsync(IssuedPermit issued, Caller caller, SignedRecord record, string? reason, CancellationToken cancel)
    {
        var permit = Read(issued);
        var (there, quorum) = await StandingAsync(permit, cancel);
        var open = Acts.Where(act => IsOpen(there.Status, act.Act)).Select(act => (act.Act, act.Name, Subject: Subjects.Act(permit.Id(), act.Act, there.Acts))).ToList();
        var opened = CastVote.Open(record, chain.Deployment.Deployed, await accounts.MemberKeyAsync(caller.Id), [.. open.Select(act => act.Subject)]);
        if (opened.Refused is not null)
        {
            return opened.Refused;
        }

        var vote = opened.Value!;
        var (act, name, subject) = open.First(candidate => candidate.Subject == vote.Subject);
        var cast = await chain.CastVoteAsync(record, cancel);
        if (cast.Refusal is { } no)
        {
            return new Refusal("vote-refused", 422, $"The contract refused the vote: {no.Text}.");
        }

        await database.WriteAsync(ApplicationStore.Writer, within => PermitStore.AddVoteAsync(within, issued.Id, name, vote, cast.Receipt!.Hash, RecordTime.Write(clock.GetUtcNow())), cancel);
        var counted = await chain.ReadApprovalsAsync(subject, cancel);
        if (counted >= Needed(act, quorum) && vote.Decision == CastVote.Approve)
        {
            var done = await DoAsync(act, permit.Id(), cancel);
            if (done.Refusal is { } refused)
            {
                return new Refusal("act-refused", 409, $"The contract refused: {refused.Text}.");
            }

            await applications.RecordAsync(issued.Application, caller.Id, _ => new ApplicationEvent[] { new ApplicationEvent.PermitChanged(name, reason) });
        }

        var after = await chain.ReadPermitAsync(permit.Id(), permit.Caps[0].Register, cancel);
        return new VoteOutcome(after.Status.ToString().ToLowerInvariant(), issued.Id, counted, Needed(act, quorum), cast.Receipt!.Hash);
    }

    /// <summary>Suspending takes one member, so that harm stops at once; all else takes the quorum.</summary>
    internal static int Needed(PermitAct act, int quorum) => act == PermitAct.Suspend ? 1 : quorum;

    internal static bool IsOpen(PermitStatus status, PermitAct act) => (status, act) switch
    {
        (PermitStatus.Active, PermitAct.Suspend or PermitAct.Revoke) => true,
        (PermitStatus.Suspended, PermitAct.Resume or PermitAct.Revoke) => true,
        _ => false,
    };

    private Task<TransactionResult> DoAsync(PermitAct act, Hash32 permit, CancellationToken cancel) => act switch
    {
        PermitAct.Suspend => chain.SuspendAsync(permit, cancel),
        PermitAct.Resume => chain.ResumeAsync(permit, cancel),
        _ => chain.RevokeAsync(permit, cancel),
    };

    private async Task<(PermitState There, int Quorum)> StandingAsync(Permit permit, CancellationToken cancel) =>
        (await chain.ReadPermitAsync(permit.Id(), permit.Caps[0].Register, cancel), (await chain.ReadMembersAsync(cancel)).Quorum);

    private static Permit Read(IssuedPermit issued) => JsonSerializer.Deserialize<Permit>(issued.Document, CanonicalJson.Options)!;
}
