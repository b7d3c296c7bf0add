using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Research.Api.Problems;
using Research.Api.Protocol;

namespace Research.Api.Accounts;

/// <summary>What an account does for its own safety: another password, an authenticator as second factor.</summary>
internal static class SecondFactor
{
    private const int Codes = 10;

    public static Refusal Used { get; } = new("code-used", 422, "code: this code was used already; wait for the authenticator's next.");

    private static Refusal Wrong { get; } = Refusal.Invalid("code: not the authenticator's code of now.");

    /// <summary>Changes the password; the security stamp changes with it, so every session ends, this one too.</summary>
    public static async Task<Results<NoContent, ProblemHttpResult>> ChangePasswordAsync(PasswordChange change, Caller caller, UserManager<Account> accounts)
    {
        var account = await accounts.FindByIdAsync(caller.Id);
        var changed = await accounts.ChangePasswordAsync(account!, change.Current, change.New);
        return changed.Succeeded ? TypedResults.NoContent() : Refusal.Invalid(string.Join(" ", changed.Errors.Select(error => error.Description))).ToProblem();
    }

    /// <summary>A new secret for an authenticator app, kept where Identity looks for it; it counts once a code of it was shown (<see cref="EnableAsync"/>).</summary>
    public static async Task<Results<Ok<SecondFactorSecret>, ProblemHttpResult>> BeginAsync(Caller caller, UserManager<Account> accounts)
    {
        var account = (await accounts.FindByIdAsync(caller.Id))!;
        if (await accounts.GetTwoFactorEnabledAsync(account))
        {
            return Refusal.Conflict("A second factor is in use; remove it first.").ToProblem();
        }

        var secret = accounts.GenerateNewAuthenticatorKey();
        await accounts.SetAuthenticationTokenAsync(account, "[AspNetUserStore]", "AuthenticatorKey", secret);
        var label = UrlEncoder.Default.Encode(caller.Email);
        return TypedResults.Ok(new SecondFactorSecret(secret, $"otpauth://totp/ResearchHub:{label}?secret={secret}&issuer=ResearchHub&digits=6"));
    }

    /// <summary>Turns the second factor on and gives ten recovery codes; every session ends, and the next sign-in asks for a code.</summary>
    public static async Task<Results<Ok<RecoveryCodes>, ProblemHttpResult>> EnableAsync(SecondFactorCode code, Caller caller, UserManager<Account> accounts, AuthenticatorCodes codes)
    {
        var account = (await accounts.FindByIdAsync(caller.Id))!;
        if (await codes.TakeAsync(account, code.Code) is not CodeTaken.Now and var taken)
        {
            return (taken == CodeTaken.Before ? Used : Wrong).ToProblem();
        }

        await accounts.SetTwoFactorEnabledAsync(account, true);
        return TypedResults.Ok(new RecoveryCodes([.. (await accounts.GenerateNewTwoFactorRecoveryCodesAsync(account, Codes))!]));
    }

    /// <summary>Turns it off, with a code of it.</summary>
    public static async Task<Results<NoContent, ProblemHttpResult>> DisableAsync([Microsoft.AspNetCore.Mvc.FromBody] SecondFactorCode code, Caller caller, UserManager<Account> accounts, AuthenticatorCodes codes)
    {
        var account = (await accounts.FindByIdAsync(caller.Id))!;
        if (await codes.TakeAsync(account, code.Code) is not CodeTaken.Now and var taken)
        {
            return (taken == CodeTaken.Before ? Used : Wrong).ToProblem();
        }

        await accounts.SetTwoFactorEnabledAsync(account, false);
        await accounts.ResetAuthenticatorKeyAsync(account);
        return TypedResults.NoContent();
    }
}
