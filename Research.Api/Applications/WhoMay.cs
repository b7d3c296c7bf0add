using System.Text;
using Research.Api.Accounts;
using Research.Api.Protocol;

namespace Research.Api.Applications;

/// <summary>The part that a caller has in one application.</summary>
internal enum Part
{
    Applicant,
    Invited,
    TeamMember,
    SigningOfficial,
    CommitteeMember,
    Chair,
}

/// <summary>What can be done with an application; each is a route <c>POST /applications/{id}/{command}</c>.</summary>
internal static class Command
{
    public const string Save = "save";
    public const string Submit = "submit";
    public const string Endorse = "endorse";
    public const string Screen = "screen";
    public const string Review = "review";
    public const string Return = "return";
    public const string Withdraw = "withdraw";
    public const string Delete = "delete";
    public const string Copy = "copy";
    public const string Amend = "amend";
    public const string Comment = "comment";
    public const string Recuse = "recuse";
    public const string SetTerms = "set-terms";
    public const string Vote = "votes";
    public const string CloseVote = "close-vote";
    public const string Appeal = "appeal";
    public const string Invite = "invite-member";
    public const string AcceptTerms = "accept-terms";
    public const string Remove = "remove-member";
    public const string Report = "report";
    public const string CloseOut = "close";
}

/// <summary>
/// Who may do what with an application, in which state: the one table that the API obeys and from which the manual's page
/// is printed. Nobody judges what she asks for herself: an applicant or team member has no committee part in it.
/// </summary>
internal static class WhoMay
{
    private static readonly ApplicationState[] BeforeDecision =
        [ApplicationState.Submitted, ApplicationState.PreScreening, ApplicationState.UnderReview];

    private static readonly ApplicationState[] Editable = [ApplicationState.Draft, ApplicationState.Returned];

    private static readonly ApplicationState[] Granted = [ApplicationState.Approved, ApplicationState.ApprovedWithConditions];

    private static readonly ApplicationState[] All = Enum.GetValues<ApplicationState>();

    /// <summary>State, part, command: what stands here is allowed, all else is refused.</summary>
    public static IReadOnlySet<(ApplicationState State, Part Part, string Command)> Table { get; } = new HashSet<(ApplicationState, Part, string)>(
    [
        .. Rows(Editable, [Part.Applicant], Command.Save, Command.Submit),
        .. Rows([ApplicationState.Draft], [Part.Applicant], Command.Delete),
        .. Rows([.. BeforeDecision, ApplicationState.Returned], [Part.Applicant], Command.Withdraw),
        .. Rows(All, [Part.Applicant], Command.Copy),
        .. Rows([ApplicationState.Rejected], [Part.Applicant], Command.Appeal),
        .. Rows([.. Editable, .. BeforeDecision, .. Granted], [Part.Applicant], Command.Invite, Command.Remove),
        .. Rows([.. Editable, .. BeforeDecision, .. Granted], [Part.Invited], Command.AcceptTerms),
        .. Rows(Granted, [Part.Applicant], Command.Amend, Command.CloseOut),
        .. Rows(Granted, [Part.Applicant, Part.TeamMember], Command.Report),
        .. Rows([ApplicationState.Submitted, ApplicationState.PreScreening], [Part.SigningOfficial], Command.Endorse),
        .. Rows([.. BeforeDecision], [Part.Applicant, Part.TeamMember, Part.SigningOfficial, Part.CommitteeMember, Part.Chair], Command.Comment),
        .. Rows([ApplicationState.Submitted], [Part.CommitteeMember, Part.Chair], Command.Screen),
        .. Rows([ApplicationState.Submitted, ApplicationState.PreScreening], [Part.CommitteeMember, Part.Chair], Command.Review),
        .. Rows([.. BeforeDecision], [Part.CommitteeMember, Part.Chair], Command.Return, Command.Recuse),
        .. Rows([ApplicationState.UnderReview], [Part.Chair], Command.SetTerms, Command.CloseVote),
        .. Rows([ApplicationState.UnderReview], [Part.CommitteeMember, Part.Chair], Command.Vote),
    ]);

    /// <summary>The caller's parts in this application.</summary>
    public static IReadOnlyList<Part> PartsOf(Caller caller, Application application)
    {
        if (caller.Id == application.Applicant)
        {
            return [Part.Applicant];
        }

        if (application.Team.FirstOrDefault(mate => mate.Account == caller.Id && mate.Removed is null) is { } mate)
        {
            return [mate.Accepted is null ? Part.Invited : Part.TeamMember];
        }

        List<Part> parts = [];
        if (application.State == ApplicationState.Draft)
        {
            return parts;
        }

        if (caller.Is(Role.SigningOfficial) && caller.Institution is not null && caller.Institution == application.Institution)
        {
            parts.Add(Part.SigningOfficial);
        }

        if (caller.Is(Role.CommitteeMember))
        {
            parts.Add(Part.CommitteeMember);
        }

        if (caller.Is(Role.Chair))
        {
            parts.Add(Part.Chair);
        }

        return parts;
    }

    /// <summary>Whether the caller may see the application at all.</summary>
    public static bool MaySee(Caller caller, Application application) =>
        PartsOf(caller, application).Count > 0 || (caller.Is(Role.Auditor) && application.State != ApplicationState.Draft);

    public static bool Allows(ApplicationState state, IEnumerable<Part> parts, string command) => parts.Any(part => Table.Contains((state, part, command)));

    /// <summary>What these parts may do in this state, in the order of the table.</summary>
    public static IReadOnlyList<string> Commands(ApplicationState state, IReadOnlyList<Part> parts) =>
        [.. Table.Where(row => row.State == state && parts.Contains(row.Part)).Select(row => row.Command).Distinct()];

    /// <summary>The manual's page, as Markdown: a row a command, a column a part, the states in the cells.</summary>
    public static string Manual()
    {
        var parts = Enum.GetValues<Part>();
        var page = new StringBuilder();
        page.Append("| command |").AppendJoin("", parts.Select(part => $" {Words(part)} |")).Append('\n');
        page.Append("|---|").AppendJoin("", parts.Select(_ => "---|")).Append('\n');
        foreach (var command in Table.Select(row => row.Command).Distinct())
        {
            page.Append("| ").Append(command).Append(" |");
            page.AppendJoin("", parts.Select(part => " " + string.Join(", ", All.Where(state => Table.Contains((state, part, command))).Select(Words)) + " |"));
            page.Append('\n');
        }

        return page.ToString();
    }

    private static IEnumerable<(ApplicationState, Part, string)> Rows(ApplicationState[] states, Part[] parts, params string[] commands) =>
        from state in states from part in parts from command in commands select (state, part, command);

    private static string Words<T>(T name)
        where T : struct, Enum => string.Concat(name.ToString().Select((letter, at) => char.IsUpper(letter) && at > 0 ? " " + char.ToLowerInvariant(letter) : char.ToLowerInvariant(letter).ToString()));
}
