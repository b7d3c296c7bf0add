using System.Text.Json;
using System.Text.Json.Nodes;
using Research.Api.Protocol;

namespace Research.Api.Applications;

/// <summary>An application as its events have made it.</summary>
/// <param name="Version">How many events it has.</param>
/// <param name="Institution">The applicant's institution when she began.</param>
internal sealed record Application(string Id, int Version, string Applicant, string? Institution, ApplicationState State, ApplicationForm Form)
{
    public IReadOnlyList<RecordedEvent> History { get; init; } = [];

    public IReadOnlyList<Teammate> Team { get; init; } = [];

    public IReadOnlyList<PurposeMatch> Matches { get; init; } = [];

    public OpenBallot? Ballot { get; init; }

    public IReadOnlySet<string> Recused { get; init; } = new HashSet<string>();

    public string? Permit { get; init; }

    public string? CopyOf { get; init; }

    public string? Amends { get; init; }

    public bool Endorsed { get; init; }

    public bool HasAppealed { get; init; }

    /// <summary>When the application was first submitted; the decision is due three months later.</summary>
    public DateTimeOffset? SubmittedAt { get; init; }

    /// <summary>When the permit was issued or the last yearly report was filed.</summary>
    public DateTimeOffset? ReportedAt { get; init; }

    /// <summary>A report is due a year after approval and after each report; access closes when it is missing.</summary>
    public DateTimeOffset? ReportDue => State is ApplicationState.Approved or ApplicationState.ApprovedWithConditions ? ReportedAt?.AddYears(1) : null;

    public bool IsApproved => State is ApplicationState.Approved or ApplicationState.ApprovedWithConditions;

    /// <summary>Whether the account applied, or belongs to the team and accepted the terms.</summary>
    public bool MayUse(string account) => account == Applicant || Team.Any(mate => mate.Account == account && mate.Accepted is not null && mate.Removed is null);

    /// <summary>The state after all these events; null when there are none.</summary>
    public static Application? Fold(string id, string? institution, IEnumerable<RecordedEvent> events)
    {
        Application? application = null;
        foreach (var recorded in events)
        {
            application = application is null
                ? recorded.Event is ApplicationEvent.Created created
                    ? new Application(id, 0, recorded.Actor, institution, ApplicationState.Draft, created.Form) { CopyOf = created.CopyOf, Amends = created.Amends }
                    : throw new InvalidDataException($"application {id} begins with {recorded.Event.Kind}")
                : application.After(recorded);
            application = application with { Version = application.Version + 1, History = [.. application.History, recorded] };
        }

        return application;
    }

    private Application After(RecordedEvent recorded) => recorded.Event switch
    {
        ApplicationEvent.Saved saved => this with { Form = saved.Form },
        ApplicationEvent.Submitted submitted => this with { State = ApplicationState.Submitted, Matches = submitted.Matches, SubmittedAt = SubmittedAt ?? recorded.Time },
        ApplicationEvent.Endorsed => this with { Endorsed = true },
        ApplicationEvent.ScreeningBegun => this with { State = ApplicationState.PreScreening },
        ApplicationEvent.ReviewBegun => this with { State = ApplicationState.UnderReview },
        ApplicationEvent.BallotOpened opened => this with { Ballot = new OpenBallot(opened.PermitId, opened.Permit, opened.Conditions, []) },
        ApplicationEvent.Returned => this with { State = ApplicationState.Returned, Ballot = null, Endorsed = false },
        ApplicationEvent.Withdrawn => this with { State = ApplicationState.Withdrawn, Ballot = null },
        ApplicationEvent.Recused recused => this with { Recused = new HashSet<string>([.. Recused, recused.Account]) },
        ApplicationEvent.Voted voted => this with { Ballot = Ballot! with { Votes = [.. Ballot.Votes, new BallotVote(voted, recorded.Time)] } },
        ApplicationEvent.Approved approved => this with
        {
            State = Ballot?.Conditions is null ? ApplicationState.Approved : ApplicationState.ApprovedWithConditions,
            Permit = approved.PermitId,
            ReportedAt = recorded.Time,
        },
        ApplicationEvent.Rejected => this with { State = ApplicationState.Rejected, Ballot = null },
        ApplicationEvent.Tabled => this with { Ballot = null },
        ApplicationEvent.Appealed => this with { State = ApplicationState.Submitted, HasAppealed = true },
        ApplicationEvent.MemberInvited invited => this with { Team = [.. Team.Where(mate => mate.Account != invited.Account), new Teammate(invited.Account, null, null, null, null)] },
        ApplicationEvent.TermsAccepted accepted => WithMate(accepted.Account, mate => mate with { Accepted = recorded.Time, SigningKey = accepted.SigningKey, FileKey = accepted.FileKey }),
        ApplicationEvent.MemberRemoved removed => WithMate(removed.Account, mate => mate with { Removed = recorded.Time }),
        ApplicationEvent.ReportFiled => this with { ReportedAt = recorded.Time },
        ApplicationEvent.Closed => this with { State = ApplicationState.Closed },
        _ => this,
    };

    private Application WithMate(string account, Func<Teammate, Teammate> change) =>
        this with { Team = [.. Team.Select(mate => mate.Account == account ? change(mate) : mate)] };
}

/// <summary>Somebody invited to work under the permit.</summary>
internal sealed record Teammate(string Account, DateTimeOffset? Accepted, DateTimeOffset? Removed, JsonElement? SigningKey, JsonElement? FileKey);

/// <summary>The permit document that is put to the vote, and the votes on it.</summary>
internal sealed record OpenBallot(string PermitId, JsonObject Permit, Conditions? Conditions, IReadOnlyList<BallotVote> Votes);

/// <summary>One vote on the open ballot.</summary>
internal sealed record BallotVote(ApplicationEvent.Voted Vote, DateTimeOffset Time);
