using System.Globalization;
using Silos.Ledger.Chain;
using Silos.Ledger.History;
using Silos.Ledger.Records;

namespace Silos.Verifier;

/// <summary>
/// Repeats what Members, Permits and Budgets decided: every vote is signed by somebody who was on the board, and nothing was issued, revoked, raised or
/// changed without the approvals that it needs. Pure; one pass in the order of the chain.
/// </summary>
internal sealed class BoardCheck(Deployment deployment, Findings findings)
{
    private readonly Dictionary<Hash32, (PublicKey Key, Roles Roles)> members = [];
    private readonly List<Hash32> admitted = [];
    private readonly Dictionary<Hash32, List<Hash32>> approvals = [];
    private readonly HashSet<(Hash32, Hash32)> voted = [];
    private readonly HashSet<(Hash32, string)> nonces = [];
    private readonly Dictionary<Hash32, (Hash32 Member, string Account)> logs = [];
    private readonly List<Hash32> registered = [];
    private readonly Dictionary<Hash32, (PermitStatus Status, ulong Acts)> permits = [];
    private readonly Dictionary<Hash32, ulong> limitChanges = [];
    private readonly Dictionary<(Hash32 Register, Hash32 Dataset), ulong> silences = [];
    private string? founding;
    private string? firstLimits;
    private ulong changes;
    private int quorum;

    public void Run(IReadOnlyList<ChainEvent> events, IReadOnlyList<VoteLine> votes)
    {
        var signed = new Queue<VoteLine>(votes);
        var before = findings.Wrong.Count;
        for (var i = 0; i < events.Count; i++)
        {
            var happened = events[i];
            try
            {
                switch (happened.Name)
                {
                    case "VoteCast":
                        Vote(happened, signed);
                        break;
                    case "MemberChanged" or "LogChanged" or "QuorumChanged":
                        var together = events.Skip(i).TakeWhile(next => next.Transaction == happened.Transaction && next.Contract == happened.Contract && next.Name != "VoteCast").ToList();
                        Change(together);
                        i += together.Count - 1;
                        break;
                    case "PermitIssued":
                        Issue(happened);
                        break;
                    case "PermitSuspended" or "PermitResumed" or "PermitRevoked":
                        Act(happened);
                        break;
                    case "LimitChanged":
                        Limit(happened);
                        break;
                    case "SilenceChanged":
                        Silence(happened);
                        break;
                }
            }
            catch (Exception bad) when (bad is FormatException or NullReferenceException or InvalidOperationException or OverflowException)
            {
                Wrong(happened, $"is malformed: {bad.Message}");
            }
        }

        findings.Check(signed.Count == 0, $"votes: {votes.Count} are signed by members who were on the board", $"votes: {signed.Count} signed votes are not on the chain");
        if (findings.Wrong.Count == before)
        {
            findings.Check(true, $"board: {permits.Count} permits, {changes} changes of members and {limitChanges.Values.Sum(count => (long)count)} of limits had the approvals that they needed", "");
            var said = silences.Values.Sum(count => (long)count);
            findings.Check(true, said == 0 ? "silence: is no, for every dataset" : $"silence: {said} decisions of what it means had the approvals that they needed", "");
        }
    }

    /// <summary>Compares the members that the export states with those of the chain's events.</summary>
    /// <param name="stated">What <c>members.json</c> says.</param>
    /// <param name="origins">The logs that the export holds: their origins must be told, and no others.</param>
    public void Compare(MembersFile stated, IReadOnlySet<string> origins)
    {
        var told = origins.ToDictionary(Hash32.Of);
        var same = stated.Quorum == quorum
            && stated.Members.Select(line => (line.Key, (Roles)line.Roles)).SequenceEqual(admitted.Select(id => (members[id].Key.Jwk, members[id].Roles)))
            && stated.Logs.SequenceEqual(registered.Select(log => new LogLine(log, logs[log].Member, logs[log].Account, told.GetValueOrDefault(log))));
        findings.Check(same, $"members: {admitted.Count} members, {logs.Count} logs and quorum {quorum} are those of the chain", "members: members.json is not what the chain's events say");
    }

    /// <summary>Whether the key was a member's that has not left.</summary>
    public bool IsMember(Hash32 key) => members.TryGetValue(key, out var member) && member.Roles != Roles.None;

    private void Vote(ChainEvent cast, Queue<VoteLine> signed)
    {
        var (subject, member, nonce, approve) = (ChainReplay.Field(cast, "subject"), ChainReplay.Field(cast, "member"), cast.Fields["nonce"]!.GetValue<string>(), cast.Fields["approve"]!.GetValue<bool>());
        if (!signed.TryDequeue(out var line))
        {
            Wrong(cast, "has no signed vote in permits.ndjson");
            return;
        }

        var opened = line.Vote.Open<Vote>(deployment.Deployed);
        var reason = opened.Body is not { } vote ? $"forged vote: {opened.Reason}"
            : opened.Signer != vote.Member ? "forged vote: signed with another key than the member's"
            : !OnBoard(vote.Member) ? $"forged vote: {vote.Member} was not on the board"
            : (vote.Member, vote.Subject, vote.Nonce, vote.Decision == "approve") != (member, subject, nonce, approve) || vote.Decision is not ("approve" or "reject") ? "forged vote: not the one that is signed in permits.ndjson"
            : !voted.Add((member, subject)) ? "a member voted twice on one subject"
            : !nonces.Add((member, nonce)) ? "reused nonce: a member used a vote's nonce twice"
            : null;
        if (reason is not null)
        {
            Wrong(cast, reason);
        }
        else if (approve)
        {
            (approvals.TryGetValue(subject, out var list) ? list : approvals[subject] = []).Add(member);
        }
    }

    private void Change(List<ChainEvent> together)
    {
        var first = together[0];
        founding ??= first.Transaction;
        if (first.Transaction != founding)
        {
            var subject = first.Name switch
            {
                "MemberChanged" => Subjects.ChangeMember(KeyOf(first), (Roles)ChainReplay.Number(first.Fields["roles"]!), Replaced(together), changes),
                "LogChanged" => Subjects.ChangeLog(new RegisteredLog(ChainReplay.Field(first, "logId"), ChainReplay.Field(first, "member"), first.Fields["account"]!.GetValue<string>()), changes),
                _ => Subjects.ChangeQuorum((int)ChainReplay.Number(first.Fields["quorum"]!), changes),
            };
            Need(first, subject, quorum);
            changes++;
        }

        foreach (var change in together)
        {
            switch (change.Name)
            {
                case "MemberChanged":
                    var key = KeyOf(change);
                    if (key.Id != ChainReplay.Field(change, "member"))
                    {
                        Wrong(change, "names a member that is not its key's thumbprint");
                    }

                    if (!members.ContainsKey(key.Id))
                    {
                        admitted.Add(key.Id);
                    }

                    members[key.Id] = (key, (Roles)ChainReplay.Number(change.Fields["roles"]!));
                    break;
                case "LogChanged":
                    if (!logs.ContainsKey(ChainReplay.Field(change, "logId")))
                    {
                        registered.Add(ChainReplay.Field(change, "logId"));
                    }

                    logs[ChainReplay.Field(change, "logId")] = (ChainReplay.Field(change, "member"), change.Fields["account"]!.GetValue<string>());
                    break;
                default:
                    quorum = (int)ChainReplay.Number(change.Fields["quorum"]!);
                    break;
            }
        }
    }

    private void Issue(ChainEvent issued)
    {
        var id = ChainReplay.Field(issued, "permitId");
        var caps = issued.Fields["caps"]!.AsArray().Select(cap => new Cap(Hash32.Parse(cap!["register"]!.GetValue<string>()), ChainReplay.ReadAmount(cap["most"]!))).ToList();
        Need(issued, Subjects.Issue(new Terms(id, DateTimeOffset.FromUnixTimeSeconds((long)ChainReplay.Number(issued.Fields["notAfter"]!)), caps)), quorum);
        if (!permits.TryAdd(id, (PermitStatus.Active, 0)))
        {
            Wrong(issued, "issues a permit again");
        }
    }

    private void Act(ChainEvent act)
    {
        var id = ChainReplay.Field(act, "permitId");
        var (what, needed, after) = act.Name switch
        {
            "PermitSuspended" => (PermitAct.Suspend, 1, PermitStatus.Suspended),
            "PermitResumed" => (PermitAct.Resume, quorum, PermitStatus.Active),
            _ => (PermitAct.Revoke, quorum, PermitStatus.Revoked),
        };
        var (status, acts) = permits.GetValueOrDefault(id);
        var allowed = what switch
        {
            PermitAct.Suspend => status == PermitStatus.Active,
            PermitAct.Resume => status == PermitStatus.Suspended,
            _ => status is PermitStatus.Active or PermitStatus.Suspended,
        };
        if (!allowed)
        {
            Wrong(act, $"happens to a permit that is {status}");
        }

        Need(act, Subjects.Act(id, what, acts), needed);
        permits[id] = (after, acts + 1);
    }

    private void Limit(ChainEvent changed)
    {
        firstLimits ??= changed.Transaction;
        if (changed.Transaction == firstLimits && voted.Count == 0)
        {
            return;
        }

        var register = ChainReplay.Field(changed, "register");
        var count = limitChanges.GetValueOrDefault(register);
        Need(changed, Subjects.ChangeLimit(new Limit(register, ChainReplay.ReadAmount(changed.Fields["most"]!)), count), quorum);
        limitChanges[register] = count + 1;
    }

    private void Silence(ChainEvent changed)
    {
        var about = (Register: ChainReplay.Field(changed, "register"), Dataset: ChainReplay.Field(changed, "dataset"));
        var count = silences.GetValueOrDefault(about);
        Need(changed, Subjects.SetSilence(about.Register, about.Dataset, changed.Fields["permits"]!.GetValue<bool>(), count), quorum);
        silences[about] = count + 1;
    }

    private void Need(ChainEvent happened, Hash32 subject, int needed)
    {
        var count = approvals.TryGetValue(subject, out var approvers) ? approvers.Count(OnBoard) : 0;
        if (count < Math.Max(needed, 1))
        {
            Wrong(happened, string.Create(CultureInfo.InvariantCulture, $"has {count} approvals of the board; it needs {needed}"));
        }
    }

    private bool OnBoard(Hash32 member) => members.TryGetValue(member, out var known) && known.Roles.HasFlag(Roles.Board);

    private void Wrong(ChainEvent happened, string what) =>
        findings.Check(false, "", string.Create(CultureInfo.InvariantCulture, $"chain: {happened.Name} in block {happened.Block}: {what}"));

    private static PublicKey KeyOf(ChainEvent changed) => PublicKey.From(ChainReplay.Field(changed, "x").ToArray(), ChainReplay.Field(changed, "y").ToArray());

    private static Hash32? Replaced(List<ChainEvent> together) =>
        together.Skip(1).FirstOrDefault(change => change.Name == "MemberChanged") is { } old ? ChainReplay.Field(old, "member") : null;
}
