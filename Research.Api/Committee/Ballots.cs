using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Research.Api.Accounts;
using Research.Api.Applications;
using Research.Api.Outbox;
using Research.Api.Permits;
using Research.Api.Problems;
using Research.Api.Protocol;
using Silos.Ledger.Chain;
using Silos.Ledger.Records;

namespace Research.Api.Committee;

/// <summary>Takes the board's votes on applications to the chain, and issues the permit there when its quorum approved.</summary>
internal sealed class Ballots(ApplicationStore applications, PermitStore permits, AccountStore accounts, OutboxStore outbox, OutboxRunner runner, ChainClient chain)
{
    /// <summary>The open ballot, with exactly what this caller would sign; null while none is open.</summary>
    public async Task<Ballot?> ShowAsync(Application application, Caller caller, CancellationToken cancel)
    {
        if (application.Ballot is not { } ballot)
        {
            return null;
        }

        var members = await chain.ReadMembersAsync(cancel);
        var subject = Subjects.Issue(Terms.Of(CanonicalJson.Read<Permit>(ballot.Permit)));
        return new Ballot(
            ballot.PermitId,
            JsonSerializer.SerializeToElement(ballot.Permit),
            [new BallotQuestion("issue", subject.ToString(), members.Quorum, Bodies(await accounts.MemberKeyAsync(caller.Id), subject, chain.Deployment.Deployed))],
            [.. ballot.Votes.Select(vote => new VoteView(vote.Vote.Member, "issue", vote.Vote.Decision, RecordTime.Write(vote.Time), vote.Vote.Transaction))]);
    }

    /// <summary>Casts a vote: checked here, verified on the chain, recorded; with the quorum the permit is issued. Asking again after a failure is safe.</summary>
    public async Task<Outcome<VoteOutcome>> CastAsync(string id, Caller caller, SignedRecord record, string? reason, CancellationToken cancel)
    {
        var application = await applications.FindAsync(id);
        if (ApplicationStore.Refuse(application, caller, Command.Vote) is { } refused)
        {
            return refused;
        }

        if (application!.Ballot is not { } ballot)
        {
            return Refusal.Conflict("There is no open ballot.");
        }

        var permit = CanonicalJson.Read<Permit>(ballot.Permit);
        var subject = Subjects.Issue(Terms.Of(permit));
        var opened = CastVote.Open(record, chain.Deployment.Deployed, await accounts.MemberKeyAsync(caller.Id), [subject]);
        var name = record.Hash().ToString();
        if ((opened.Refused ?? CastVote.Conflicted(application, caller.Id, caller.Institution, name)) is { } wrong)
        {
            return wrong;
        }

        var cast = await chain.CastVoteAsync(record, cancel);
        if (cast.Refusal is { } no)
        {
            return new Refusal("vote-refused", 422, $"The contract refused the vote: {no.Text}.");
        }

        var vote = opened.Value!;
        var recorded = await applications.ActAsync(id, caller, Command.Vote, now =>
            now.Ballot?.PermitId != ballot.PermitId ? Refusal.Conflict("The ballot changed meanwhile; fetch it again.")
            : now.Ballot.Votes.Any(known => known.Vote.Record == name) ? Array.Empty<ApplicationEvent>()
            : CastVote.Conflicted(now, caller.Id, caller.Institution, name) is { } conflict ? conflict
            : new ApplicationEvent[] { new ApplicationEvent.Voted(caller.Id, vote.Member.ToString(), vote.Decision, name, cast.Receipt!.Hash, reason) });
        return recorded.Refused is null ? await FinishAsync(recorded.Value!, cast.Receipt!.Hash, cancel) : recorded.Refused;
    }

    /// <summary>Issues the permit on the chain if the quorum approved it and the hub knows of no conflict; does nothing otherwise. May be repeated.</summary>
    public async Task<VoteOutcome> FinishAsync(Application application, string? transaction, CancellationToken cancel)
    {
        if (application.Ballot is not { } ballot || application.State != ApplicationState.UnderReview)
        {
            return new VoteOutcome(ShowState(application), application.Permit, 0, 0, transaction);
        }

        var permit = CanonicalJson.Read<Permit>(ballot.Permit);
        var terms = Terms.Of(permit);
        var counted = await chain.ReadApprovalsAsync(Subjects.Issue(terms), cancel);
        var quorum = (await chain.ReadMembersAsync(cancel)).Quorum;
        var clean = CastVote.Approvals(application);
        if (counted >= quorum && clean < quorum)
        {
            await SayAsync(application, counted, clean);
            return new VoteOutcome($"{ShowState(application)}: {AroundUs(counted, clean)}", null, counted, quorum, transaction);
        }

        if (counted < quorum)
        {
            return new VoteOutcome(ShowState(application), null, counted, quorum, transaction);
        }

        var issued = await chain.IssuePermitAsync(terms, cancel);
        if (issued.Refusal is { } no)
        {
            return new VoteOutcome($"{ShowState(application)}: the contract refused: {no.Text}", null, counted, quorum, transaction);
        }

        var after = await ApproveAsync(application, permit, issued.Receipt!.Hash);
        await runner.DrainAsync(DeliverPermit.Subject(ballot.PermitId), cancel);
        return new VoteOutcome(ShowState(after), ballot.PermitId, counted, quorum, transaction);
    }

    /// <summary>What is said of a vote that went to the chain past the hub, as a conflicted member's would.</summary>
    private static string AroundUs(int counted, int clean) =>
        $"the chain counts {counted} approvals, of which {clean} came here from members without a conflict of interest; no permit is issued or delivered on the others";

    /// <summary>Writes it into the application's history, and so into the log, once.</summary>
    private Task SayAsync(Application application, int counted, int clean) => applications.RecordAsync(
        application.Id,
        ApplicationStore.Hub,
        now => now.History.Any(step => step.Event is ApplicationEvent.Commented { Note: var note } && note == AroundUs(counted, clean)) ? Array.Empty<ApplicationEvent>()
            : new ApplicationEvent[] { new ApplicationEvent.Commented(AroundUs(counted, clean)) });

    private async Task<Application> ApproveAsync(Application application, Permit permit, string transaction)
    {
        var id = permit.Id().ToString();
        var silos = permit.Datasets.Select(dataset => dataset.Silo.ToString()).Distinct().ToList();
        var approved = await applications.RecordAsync(
            application.Id,
            ApplicationStore.Hub,
            now => now.State == ApplicationState.UnderReview && now.Ballot?.PermitId == id
                ? new ApplicationEvent[] { new ApplicationEvent.Approved(id, transaction) }
                : Refusal.Conflict("The application is decided already."),
            async (within, after) =>
            {
                await permits.AddAsync(within, id, after.Id, Encoding.UTF8.GetString(CanonicalJson.Bytes(permit)), silos, DraftPermit.WhoseKeys(after), transaction);
                foreach (var silo in silos)
                {
                    await outbox.AddAsync(within, DeliverPermit.Subject(id), DeliverPermit.Kind, DeliverPermit.Body(id, silo));
                }
            });
        return approved.Value ?? (await applications.FindAsync(application.Id))!;
    }

    /// <summary>The vote bodies that a member with this key may sign, each with a fresh nonce; none without a key.</summary>
    internal static IReadOnlyDictionary<string, JsonElement> Bodies(Hash32? member, Hash32 subject, Deployed deployed) =>
        member is not { } key ? new Dictionary<string, JsonElement>() : new[] { CastVote.Approve, CastVote.Reject }.ToDictionary(
            decision => decision,
            decision => JsonSerializer.SerializeToElement(new Vote(deployed.ChainId, deployed.Contract, Nonce.ForVote(), key, decision, subject), CanonicalJson.Options));

    private static string ShowState(Application application) => JsonSerializer.SerializeToNode(application.State)!.GetValue<string>();
}
