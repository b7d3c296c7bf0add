using Research.Api.Applications;
using Research.Api.Problems;

namespace Research.Api.Committee;

/// <summary>The chair closes a vote that did not approve. Approval needs no closing: the quorum's signatures are enough, and the chair alone can never give it.</summary>
internal static class CloseVote
{
    /// <summary>Rejected when at least a quorum voted and approvals did not reach it; tabled, to be voted on anew, when too few voted.</summary>
    public static Outcome<IReadOnlyList<ApplicationEvent>> Decide(Application application, int quorum, string? note)
    {
        var votes = application.Ballot?.Votes.Where(vote => !application.Recused.Contains(vote.Vote.Account)).ToList() ?? [];
        return application.Ballot is null ? Refusal.Conflict("There is no open ballot.")
            : CastVote.Approvals(application) >= quorum ? Refusal.Conflict("The quorum approved; the permit is being issued.")
            : votes.Count < quorum ? ReviewApplication.Noted(note, false, text => new ApplicationEvent.Tabled(text))
            : ReviewApplication.Noted(note, true, text => new ApplicationEvent.Rejected(text));
    }
}
