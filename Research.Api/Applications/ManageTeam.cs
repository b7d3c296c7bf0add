using Research.Api.Accounts;
using Research.Api.Problems;
using Research.Api.Protocol;

namespace Research.Api.Applications;

/// <summary>
/// Who works under the permit. Each member accepts the terms for herself and brings her own keys; those who accepted before
/// the ballot are named in the permit, later ones need an amendment. A removed member is refused at her next call.
/// </summary>
internal static class ManageTeam
{
    private const int LargestTeam = 50;

    public static Outcome<IReadOnlyList<ApplicationEvent>> Invite(Application application, string? account) =>
        account is null ? Refusal.Invalid("email: no account has this address.")
        : account == application.Applicant ? Refusal.Invalid("email: this is the applicant.")
        : application.Team.Any(mate => mate.Account == account && mate.Removed is null) ? Refusal.Conflict("This person is on the team already.")
        : application.Team.Count >= LargestTeam ? Refusal.Invalid($"A team has up to {LargestTeam} members.")
        : new ApplicationEvent[] { new ApplicationEvent.MemberInvited(account) };

    public static Outcome<IReadOnlyList<ApplicationEvent>> Accept(string account, AcceptTerms terms)
    {
        var refused = LinkMemberKey.Read(terms.SigningKey, "signingKey").Refused ?? (terms.FileKey is { } file ? LinkMemberKey.Read(file, "fileKey").Refused : null);
        return refused is not null ? refused : new ApplicationEvent[] { new ApplicationEvent.TermsAccepted(account, terms.SigningKey, terms.FileKey) };
    }

    public static Outcome<IReadOnlyList<ApplicationEvent>> Remove(Application application, string account) =>
        application.Team.Any(mate => mate.Account == account && mate.Removed is null)
            ? new ApplicationEvent[] { new ApplicationEvent.MemberRemoved(account) }
            : Refusal.Invalid("account: nobody of this id is on the team.");
}
