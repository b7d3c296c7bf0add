using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.BearerToken;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;
using Research.Api.Problems;
using Research.Api.Protocol;

namespace Research.Api.Accounts;

/// <summary>Password (and second factor, where set up) for a bearer token. A wrong address and a wrong password are told alike; five failures lock for five minutes.</summary>
internal static class SignIn
{
    public static async Task<Results<SignInHttpResult, ProblemHttpResult>> ByPasswordAsync(SignInRequest request, SignInManager<Account> signIn, AuthenticatorCodes codes)
    {
        var account = await signIn.UserManager.FindByEmailAsync(request.Email);
        if (account is null)
        {
            return Failed.ToProblem();
        }

        var checkedPassword = await signIn.CheckPasswordSignInAsync(account, request.Password, lockoutOnFailure: true);
        if (checkedPassword.IsLockedOut)
        {
            return new Refusal("locked-out", 401, "Too many failures; this account is locked for a few minutes.").ToProblem();
        }

        if (!checkedPassword.Succeeded)
        {
            return Failed.ToProblem();
        }

        if (!account.EmailConfirmed)
        {
            return new Refusal("confirm-first", 401, "Confirm your address with the code of our letter first.").ToProblem();
        }

        if (await signIn.UserManager.GetTwoFactorEnabledAsync(account) && await SecondFactorAsync(request.Code, account, signIn.UserManager, codes) is { } refused)
        {
            return refused.ToProblem();
        }

        return TypedResults.SignIn(await signIn.CreateUserPrincipalAsync(account), authenticationScheme: IdentityConstants.BearerScheme);
    }

    /// <summary>A new token for a refresh token, as long as the account's security stamp is still the same.</summary>
    public static async Task<Results<SignInHttpResult, ProblemHttpResult>> ByRefreshAsync(
        RefreshRequest request, SignInManager<Account> signIn, IOptionsMonitor<BearerTokenOptions> bearer, TimeProvider clock)
    {
        var ticket = bearer.Get(IdentityConstants.BearerScheme).RefreshTokenProtector.Unprotect(request.RefreshToken);
        if (ticket?.Properties.ExpiresUtc is not { } expires || clock.GetUtcNow() >= expires || await signIn.ValidateSecurityStampAsync(ticket.Principal) is not { } account)
        {
            return new Refusal("bad-refresh-token", 401, "refreshToken: unknown or expired; sign in again.").ToProblem();
        }

        return TypedResults.SignIn(await signIn.CreateUserPrincipalAsync(account), authenticationScheme: IdentityConstants.BearerScheme);
    }

    /// <summary>Our own token for an institution's, which was checked on the way in; so the pages hold one kind of token, and renew it.</summary>
    public static async Task<Results<SignInHttpResult, ProblemHttpResult>> ByInstitutionAsync(Caller? caller, HttpContext context, SignInManager<Account> signIn) =>
        caller is not null && Institutions.Names(context.User.Identity?.AuthenticationType) && await signIn.UserManager.FindByIdAsync(caller.Id) is { } account
            ? TypedResults.SignIn(await signIn.CreateUserPrincipalAsync(account), authenticationScheme: IdentityConstants.BearerScheme)
            : new Refusal("bad-credentials", 401, "This needs an access token of a known institution.").ToProblem();

    private static Refusal Failed { get; } = new("bad-credentials", 401, "E-mail address or password is wrong.");

    private static async Task<Refusal?> SecondFactorAsync(string? code, Account account, UserManager<Account> accounts, AuthenticatorCodes codes)
    {
        if (string.IsNullOrEmpty(code))
        {
            return new Refusal("second-factor-needed", 401, "code: this account needs the code of its authenticator.");
        }

        var taken = await codes.TakeAsync(account, code);
        if (taken == CodeTaken.Before)
        {
            return SecondFactor.Used;
        }

        if (taken == CodeTaken.Now || (await accounts.RedeemTwoFactorRecoveryCodeAsync(account, code)).Succeeded)
        {
            return null;
        }

        await accounts.AccessFailedAsync(account);
        return new Refusal("bad-credentials", 401, "code: the authenticator's code is wrong.");
    }
}
