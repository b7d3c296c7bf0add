using System.Net.Mail;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Research.Api.Audit;
using Research.Api.Outbox;
using Research.Api.Problems;
using Research.Api.Protocol;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;

namespace Research.Api.Accounts;

/// <summary>
/// How people get accounts, and another password. Patients and researchers sign up themselves; all others are invited by the operator, which is
/// an entry of the log. No answer tells whether an address has an account: what happened stands in a letter to it.
/// </summary>
internal sealed class Joining(UserManager<Account> accounts, Database database, OutboxStore outbox, HubLog log)
{
    private static readonly string[] Alone = [Role.Patient, Role.Researcher];
    private static readonly string[] Kinds = ["non-profit", "for-profit"];

    private static Refusal BadCode { get; } = new("bad-code", 422, "code: unknown, used or expired; ask for another letter.");

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost(HubRoutes.SignUp, (SignUpRequest request, Joining joining) => joining.SignUpAsync(request)).Public();
        routes.MapPost(HubRoutes.Confirm, (ConfirmRequest request, Joining joining) => joining.ConfirmAsync(request)).Public();
        routes.MapPost(HubRoutes.Reset, (ResetRequest request, Joining joining) => joining.ResetAsync(request)).Public();
        routes.MapPost(HubRoutes.Reset + "/confirm", (NewPasswordRequest request, Joining joining) => joining.SetPasswordAsync(request, joins: false)).Public();
        routes.MapPost(HubRoutes.AccountInvitations, (AccountInvitation invitation, Caller caller, Joining joining) => joining.InviteAsync(invitation, caller)).For(Role.Operator);
        routes.MapPost(HubRoutes.Join, (NewPasswordRequest request, Joining joining) => joining.SetPasswordAsync(request, joins: true)).Public();
    }

    private async Task<Results<Accepted, ProblemHttpResult>> SignUpAsync(SignUpRequest request)
    {
        var account = new Account { UserName = request.Email, Email = request.Email, Name = request.Name, Institution = request.Institution, Kind = request.Role == Role.Researcher ? request.Kind ?? Kinds[0] : null };
        if (Wrong(request.Email, request.Name, request.Institution, request.Kind) is { } wrong)
        {
            return wrong.ToProblem();
        }

        if (!Alone.Contains(request.Role))
        {
            return Refusal.Invalid($"role: is '{request.Role}'; allowed are {string.Join(", ", Alone)}; the operator invites others.").ToProblem();
        }

        if (await WeakAsync(account, request.Password) is { } weak)
        {
            return weak.ToProblem();
        }

        if (await accounts.FindByEmailAsync(request.Email) is { } known)
        {
            await WriteAsync(known, "You have an account", "Somebody, perhaps you, wanted to sign up with this address. You have an account already: sign in, or ask for another password.");
            return TypedResults.Accepted((string?)null);
        }

        if ((await accounts.CreateAsync(account, request.Password)).Succeeded)
        {
            await accounts.AddToRoleAsync(account, request.Role);
            await WriteAsync(account, "Confirm your address", $"Welcome to ResearchHub. Confirm that this address is yours with this code:\n\n{await accounts.GenerateEmailConfirmationTokenAsync(account)}");
        }

        return TypedResults.Accepted((string?)null);
    }

    private async Task<Results<NoContent, ProblemHttpResult>> ConfirmAsync(ConfirmRequest request) =>
        await accounts.FindByEmailAsync(request.Email) is { } account && (await accounts.ConfirmEmailAsync(account, request.Code)).Succeeded ? TypedResults.NoContent() : BadCode.ToProblem();

    private async Task<Accepted> ResetAsync(ResetRequest request)
    {
        if (await accounts.FindByEmailAsync(request.Email) is { EmailConfirmed: true } account)
        {
            await WriteAsync(account, "Another password", $"Somebody, perhaps you, asked for another password. If it was you, this is the code:\n\n{await accounts.GeneratePasswordResetTokenAsync(account)}");
        }

        return TypedResults.Accepted((string?)null);
    }

    /// <summary>Sets a password by a letter's code; every session ends. An invitation is taken up so, and nothing else of an account that nobody ever confirmed.</summary>
    private async Task<Results<NoContent, ProblemHttpResult>> SetPasswordAsync(NewPasswordRequest request, bool joins)
    {
        if (await accounts.FindByEmailAsync(request.Email) is not { } account || account.EmailConfirmed == joins)
        {
            return BadCode.ToProblem();
        }

        if (await WeakAsync(account, request.Password) is { } weak)
        {
            return weak.ToProblem();
        }

        if (!(await accounts.ResetPasswordAsync(account, request.Code, request.Password)).Succeeded)
        {
            return BadCode.ToProblem();
        }

        account.EmailConfirmed = true;
        await accounts.UpdateAsync(account);
        return TypedResults.NoContent();
    }

    private async Task<Results<Accepted, ProblemHttpResult>> InviteAsync(AccountInvitation invitation, Caller caller)
    {
        if (Wrong(invitation.Email, invitation.Name, invitation.Institution, invitation.Kind) is { } wrong)
        {
            return wrong.ToProblem();
        }

        if (invitation.Roles is not { Count: >= 1 } || invitation.Roles.FirstOrDefault(role => !Role.All.Contains(role)) is not null)
        {
            return Refusal.Invalid($"roles: name one or more of {string.Join(", ", Role.All)}.").ToProblem();
        }

        var account = new Account { UserName = invitation.Email, Email = invitation.Email, Name = invitation.Name, Institution = invitation.Institution, Kind = invitation.Kind };
        if (await accounts.FindByEmailAsync(invitation.Email) is not null || !(await accounts.CreateAsync(account)).Succeeded)
        {
            return Refusal.Conflict("email: has an account already.").ToProblem();
        }

        string[] roles = [.. invitation.Roles.Distinct().Order(StringComparer.Ordinal)];
        await accounts.AddToRolesAsync(account, roles);
        await database.WriteAsync("accounts", within => log.RecordAsync(within, new Step(EntryKind.MemberChanged, Hash32.Of($"account {account.Id} invited as {string.Join(' ', roles)}"), caller.Id)));
        await WriteAsync(account, "Invitation to ResearchHub", $"You are invited to ResearchHub as {string.Join(", ", roles)}. Choose a password with this code:\n\n{await accounts.GeneratePasswordResetTokenAsync(account)}");
        return TypedResults.Accepted((string?)null);
    }

    private static Refusal? Wrong(string email, string name, string? institution, string? kind) =>
        email.Length > 200 || !MailAddress.TryCreate(email, out var address) || address.Address != email ? Refusal.Invalid("email: an address of up to 200 characters.")
        : name is not { Length: >= 1 and <= 200 } ? Refusal.Invalid("name: 1 to 200 characters.")
        : institution is { Length: > 200 } ? Refusal.Invalid("institution: up to 200 characters.")
        : kind is not null && !Kinds.Contains(kind) ? Refusal.Invalid($"kind: is '{kind}'; allowed are {string.Join(", ", Kinds)}.")
        : null;

    private async Task<Refusal?> WeakAsync(Account account, string password)
    {
        foreach (var rule in accounts.PasswordValidators)
        {
            if (await rule.ValidateAsync(accounts, account, password) is { Succeeded: false } weak)
            {
                return Refusal.Invalid("password: " + string.Join(" ", weak.Errors.Select(error => error.Description)));
            }
        }

        return password.Length <= 200 ? null : Refusal.Invalid("password: up to 200 characters.");
    }

    private Task WriteAsync(Account account, string subject, string text) =>
        database.WriteAsync("outbox", within => outbox.AddAsync(within, SendMail.Subject(account.Id), SendMail.Kind, SendMail.Body(new Letter(account.Email!, subject, text))));
}
