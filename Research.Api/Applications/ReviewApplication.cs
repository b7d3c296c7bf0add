using Research.Api.Problems;

namespace Research.Api.Applications;

/// <summary>The steps between handing in and the vote: endorse, screen, review, return, withdraw, recuse, comment, appeal.</summary>
internal static class ReviewApplication
{
    private const int LongestNote = 4000;

    public static Outcome<IReadOnlyList<ApplicationEvent>> Endorse(Application application, string? note) =>
        application.Endorsed ? Refusal.Conflict("It is endorsed already.") : Noted(note, false, text => new ApplicationEvent.Endorsed(text));

    public static Outcome<IReadOnlyList<ApplicationEvent>> Screen() => new ApplicationEvent[] { new ApplicationEvent.ScreeningBegun() };

    public static Outcome<IReadOnlyList<ApplicationEvent>> Return(string? note) => Noted(note, true, text => new ApplicationEvent.Returned(text));

    public static Outcome<IReadOnlyList<ApplicationEvent>> Withdraw(string? note) => Noted(note, false, text => new ApplicationEvent.Withdrawn(text));

    public static Outcome<IReadOnlyList<ApplicationEvent>> Comment(string? note) => Noted(note, true, text => new ApplicationEvent.Commented(text));

    /// <summary>A member steps aside for a conflict of interest; whoever has voted on the open ballot no longer can.</summary>
    public static Outcome<IReadOnlyList<ApplicationEvent>> Recuse(Application application, string account, string? note) =>
        application.Recused.Contains(account) ? Refusal.Conflict("You have recused yourself already.")
        : application.Ballot?.Votes.Any(vote => vote.Vote.Account == account) == true ? Refusal.Conflict("You have voted on this ballot; your vote stands on the chain.")
        : Noted(note, false, text => new ApplicationEvent.Recused(account, text));

    /// <summary>A rejected applicant may ask once for the matter to be looked at again, with reasons.</summary>
    public static Outcome<IReadOnlyList<ApplicationEvent>> Appeal(Application application, string? note) =>
        application.HasAppealed ? Refusal.Conflict("An application can be appealed once.") : Noted(note, true, text => new ApplicationEvent.Appealed(text));

    /// <summary>The yearly report; without one, access closes a year after approval or the last report.</summary>
    public static Outcome<IReadOnlyList<ApplicationEvent>> Report(string? note) => Noted(note, true, text => new ApplicationEvent.ReportFiled(text));

    /// <summary>The work is done: the hub relays nothing more under the permit.</summary>
    public static Outcome<IReadOnlyList<ApplicationEvent>> CloseOut(string? note) => Noted(note, true, text => new ApplicationEvent.Closed(text));

    internal static Outcome<IReadOnlyList<ApplicationEvent>> Noted(string? note, bool needed, Func<string?, ApplicationEvent> happened) =>
        needed && string.IsNullOrWhiteSpace(note) ? Refusal.Invalid($"text: needed, 1 to {LongestNote} characters.")
        : note is { Length: > LongestNote } ? Refusal.Invalid($"text: {note.Length} characters; allowed are up to {LongestNote}.")
        : new[] { happened(note) };
}
