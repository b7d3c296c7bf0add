using System.Data.Common;
using Dapper;
using Research.Api.Outbox;
using Research.Api.Protocol;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;

namespace Research.Api.Applications;

/// <summary>Whom a letter is for.</summary>
internal enum Readers
{
    /// <summary>The applicant and her team.</summary>
    Project,

    /// <summary>Every member of the board.</summary>
    Board,

    /// <summary>The signing officials of the applicant's institution.</summary>
    Officials,

    /// <summary>Whoever was just invited.</summary>
    Invited,
}

/// <summary>Writes to people when it is their turn or their matter, and tells the webhooks of the project. Both leave by the outbox, in the transaction of what happened.</summary>
internal sealed class TellPeople(OutboxStore outbox, Webhooks webhooks)
{
    /// <summary>What is written, and to whom; nothing for steps that wait for nobody.</summary>
    internal static IReadOnlyList<(Readers To, string Subject, string Text)> Letters(ApplicationEvent happened, string title) => happened switch
    {
        ApplicationEvent.Submitted =>
        [
            (Readers.Officials, $"To endorse: {title}", $"A researcher of your institution handed in the application '{title}'. It waits for your endorsement."),
            (Readers.Board, $"To screen: {title}", $"The application '{title}' was handed in and waits to be screened."),
        ],
        ApplicationEvent.BallotOpened => [(Readers.Board, $"To vote: {title}", $"A ballot on the application '{title}' is open. Read the permit that it would make, and sign your vote.")],
        ApplicationEvent.Returned => [(Readers.Project, $"Returned: {title}", $"The board returned your application '{title}' with remarks. Change it and hand it in again.")],
        ApplicationEvent.Approved => [(Readers.Project, $"Approved: {title}", $"The board approved your application '{title}'. Its permit is on the chain; work can begin once the invoice is paid.")],
        ApplicationEvent.Rejected => [(Readers.Project, $"Rejected: {title}", $"The board rejected your application '{title}'. Its reasons are with the application; you may appeal once. What was paid is refunded.")],
        ApplicationEvent.MemberInvited => [(Readers.Invited, $"Invitation: {title}", $"You are invited to work on '{title}'. Read its terms, and accept them with your key, or do nothing.")],
        ApplicationEvent.PermitChanged { Act: var act } => [(Readers.Project, $"Permit: {act}: {title}", $"The board's decision on the permit of '{title}': {act}. It counts from now on.")],
        ApplicationEvent.Expired { On: var on } => [(Readers.Project, $"Ended: {title}", $"The permit of '{title}' ended on {on}; access is closed. An extension is an amendment and needs a new vote.")],
        ApplicationEvent.Reminded { Of: var of } => [(Readers.Project, $"Reminder: {title}", $"'{title}': {of}")],
        _ => [],
    };

    public async Task TellAsync(DbTransaction within, Application after, ApplicationEvent happened, int number, DateTimeOffset now)
    {
        string[] project = [after.Applicant, .. after.Team.Where(mate => mate is { Accepted: not null, Removed: null }).Select(mate => mate.Account)];
        foreach (var (to, subject, text) in Letters(happened, after.Form.Title ?? ""))
        {
            foreach (var (account, email) in await ReadersAsync(within, to, project, after.Institution, (happened as ApplicationEvent.MemberInvited)?.Account))
            {
                await outbox.AddAsync(within, SendMail.Subject(account), SendMail.Kind, SendMail.Body(new Letter(email, subject, text)));
            }
        }

        if (happened is not (ApplicationEvent.Created or ApplicationEvent.Saved))
        {
            await webhooks.TellAsync(within, project, new WebhookEvent(FormattableString.Invariant($"{after.Id}-{number}"), "application." + happened.Kind, after.Id, RecordTime.Write(now)));
        }
    }

    private static async Task<IEnumerable<(string Account, string Email)>> ReadersAsync(DbTransaction within, Readers to, string[] project, string? institution, string? invited)
    {
        var values = new DynamicParameters();
        const string OfRole = """ "Id" IN (SELECT a."UserId" FROM account_roles a JOIN roles r ON r."Id" = a."RoleId" WHERE r."Name" = @role)""";
        var (which, role) = to switch
        {
            Readers.Board => (OfRole, Role.CommitteeMember),
            Readers.Officials => (OfRole + """ AND "Institution" = @institution""", Role.SigningOfficial),
            Readers.Invited => (""" "Id" = @invited""", ""),
            _ => (""" "Id" IN """ + ValueList.Spread(values, "of", project), ""),
        };
        values.AddDynamicParams(new { role, institution, invited });
        var found = await within.Connection!.QueryAsync<(string Account, string Email)>($"""SELECT "Id", "Email" FROM accounts WHERE {which}""", values, within);
        return found.Where(reader => !reader.Email.EndsWith(".invalid", StringComparison.Ordinal));
    }
}
