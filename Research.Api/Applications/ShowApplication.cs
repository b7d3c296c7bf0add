using System.Globalization;
using Research.Api.Accounts;
using Research.Api.Protocol;
using Silos.Ledger.Records;

namespace Research.Api.Applications;

/// <summary>How an application looks to a caller, with what she may do next.</summary>
internal static class ShowApplication
{
    /// <summary>Months within which a decision is due after the first submission (EHDS, Art. 68).</summary>
    private const int MonthsToDecide = 3;

    public static async Task<ApplicationView> ShowAsync(Application application, Caller caller, AccountStore accounts)
    {
        var names = await accounts.NamesAsync([application.Applicant, .. application.Team.Select(mate => mate.Account), .. application.History.Select(step => step.Actor)]);
        string Name(string account) => names.GetValueOrDefault(account, account == ApplicationStore.Hub ? "hub" : "somebody");
        return new ApplicationView(
            application.Id,
            application.State,
            application.Form,
            Name(application.Applicant),
            [.. application.Team.Select(mate => new TeamMember(mate.Account, Name(mate.Account), KeyId(mate), Write(mate.Accepted), Write(mate.Removed)))],
            [.. application.History.Select(step => new ApplicationStep(step.Event.Kind, RecordTime.Write(step.Time), Name(step.Actor), step.Event.Remark, step.LogSeq))],
            WhoMay.Commands(application.State, WhoMay.PartsOf(caller, application)),
            application.Matches,
            application.Ballot?.Conditions,
            application.Permit,
            application.CopyOf,
            application.Amends,
            Write(application.SubmittedAt?.AddMonths(MonthsToDecide)),
            Write(application.ReportDue));
    }

    public static ApplicationPage ShowPage(IReadOnlyList<ApplicationRow> rows, int count, Caller caller, IReadOnlyDictionary<string, string> names) => new(
        [.. rows.Take(count).Select(row => new ApplicationSummary(
            row.Id, row.Title, Enum.Parse<ApplicationState>(row.State), names.GetValueOrDefault(row.Applicant, "somebody"), row.Changed, CommandsOf(row, caller)))],
        rows.Count > count ? rows[count - 1].Number.ToString(CultureInfo.InvariantCulture) : null);

    /// <summary>What the row alone tells; a team member's part shows when she opens the application.</summary>
    private static IReadOnlyList<string> CommandsOf(ApplicationRow row, Caller caller)
    {
        var state = Enum.Parse<ApplicationState>(row.State);
        return WhoMay.Commands(state, WhoMay.PartsOf(caller, new Application(row.Id, 0, row.Applicant, row.Institution, state, new ApplicationForm())));
    }

    private static string? KeyId(Teammate mate)
    {
        var key = mate.SigningKey is { } jwk ? LinkMemberKey.Read(jwk, "signingKey").Value : null;
        return key?.Id.ToString();
    }

    private static string? Write(DateTimeOffset? time) => time is { } known ? RecordTime.Write(known) : null;
}
