using System.Text.Json;
using Dapper;
using Microsoft.AspNetCore.Authentication.BearerToken;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Research.Api.Problems;
using Research.Api.Protocol;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;

namespace Research.Api.Accounts;

/// <summary>
/// Passkeys by ASP.NET Core Identity (WebAuthn). The state of a ceremony travels with the caller, protected by the hub's key ring, so that no cookie
/// is needed: the pages only relay. A ceremony is good once and for five minutes; a passkey that verified its user needs no second factor.
/// </summary>
internal sealed class Passkeys(IPasskeyHandler<Account> handler, UserManager<Account> accounts, IDataProtectionProvider protection, Database database, TimeProvider clock)
{
    private const string Writer = "accounts";
    private static readonly TimeSpan Life = TimeSpan.FromMinutes(5);
    private readonly IDataProtector protector = protection.CreateProtector("passkey-ceremony");

    private static Refusal Failed { get; } = new("bad-passkey", 401, "credential: this passkey is unknown here, or its answer does not verify; begin again.");

    /// <summary>What travels as the ceremony's name.</summary>
    private sealed record State(string Id, string? Account, string? Kept, DateTimeOffset Ends);

    public static void Map(IEndpointRouteBuilder routes, string[] writers)
    {
        routes.MapPost(HubRoutes.Passkeys + "/begin", (Caller caller, HttpContext context, Passkeys passkeys) => passkeys.BeginAsync(caller, context)).For(writers);
        routes.MapPost(HubRoutes.Passkeys, (PasskeyRegistration registration, Caller caller, HttpContext context, Passkeys passkeys) => passkeys.RegisterAsync(registration, caller, context)).For(writers);
        routes.MapGet(HubRoutes.Passkeys, (Caller caller, Passkeys passkeys) => passkeys.ListAsync(caller)).ForEverySignedIn();
        routes.MapDelete(HubRoutes.Passkeys + "/{id}", (string id, Caller caller, Passkeys passkeys) => passkeys.RemoveAsync(id, caller)).For(writers);
        routes.MapPost(HubRoutes.PasskeySignIn + "/begin", (HttpContext context, Passkeys passkeys) => passkeys.BeginSignInAsync(context)).Public();
        routes.MapPost(HubRoutes.PasskeySignIn, (PasskeySignIn request, HttpContext context, Passkeys passkeys, SignInManager<Account> signIn) => passkeys.SignInAsync(request, context, signIn)).Public().Produces<AccessTokenResponse>();
    }

    private async Task<PasskeyCeremony> BeginAsync(Caller caller, HttpContext context)
    {
        var made = await handler.MakeCreationOptionsAsync(new PasskeyUserEntity { Id = caller.Id, Name = caller.Email, DisplayName = caller.Name }, context);
        return Ceremony(made.CreationOptionsJson, made.AttestationState, caller.Id);
    }

    private async Task<Results<NoContent, ProblemHttpResult>> RegisterAsync(PasskeyRegistration registration, Caller caller, HttpContext context)
    {
        if (registration.Name is not { Length: >= 1 and <= 100 })
        {
            return Refusal.Invalid("name: 1 to 100 characters.").ToProblem();
        }

        if (await TakeAsync(registration.Ceremony) is not { } state || state.Account != caller.Id)
        {
            return Failed.ToProblem();
        }

        var done = await handler.PerformAttestationAsync(new PasskeyAttestationContext { CredentialJson = registration.Credential.GetRawText(), HttpContext = context, AttestationState = state.Kept });
        if (!done.Succeeded)
        {
            return new Refusal("bad-passkey", 422, $"credential: {done.Failure.Message}").ToProblem();
        }

        if (PasskeyKey.Read(done.Passkey.PublicKey) is null)
        {
            return new Refusal("bad-passkey", 422, "credential: its key is not ECDSA P-256 (ES256), the one kind that signs here.").ToProblem();
        }

        done.Passkey.Name = registration.Name;
        var kept = await accounts.AddOrUpdatePasskeyAsync((await accounts.FindByIdAsync(caller.Id))!, done.Passkey);
        return kept.Succeeded ? TypedResults.NoContent() : Refusal.Conflict("credential: cannot be kept.").ToProblem();
    }

    private async Task<IReadOnlyList<PasskeyView>> ListAsync(Caller caller) =>
        [.. (await accounts.GetPasskeysAsync((await accounts.FindByIdAsync(caller.Id))!)).Select(View)];

    private static PasskeyView View(UserPasskeyInfo passkey)
    {
        var key = PasskeyKey.Read(passkey.PublicKey);
        return new PasskeyView(
            Base64Text.Encode(passkey.CredentialId),
            passkey.Name ?? "",
            RecordTime.Write(passkey.CreatedAt),
            key is null ? null : JsonSerializer.SerializeToElement(key, CanonicalJson.Options),
            key?.Thumbprint().ToString());
    }

    private async Task<Results<NoContent, ProblemHttpResult>> RemoveAsync(string id, Caller caller)
    {
        var account = (await accounts.FindByIdAsync(caller.Id))!;
        return Base64Text.TryDecode(id) is { } credential && await accounts.GetPasskeyAsync(account, credential) is not null && (await accounts.RemovePasskeyAsync(account, credential)).Succeeded
            ? TypedResults.NoContent()
            : Refusal.NotFound("passkey").ToProblem();
    }

    /// <summary>Names no account: the browser offers what it has, and nobody learns who has a passkey.</summary>
    private async Task<PasskeyCeremony> BeginSignInAsync(HttpContext context)
    {
        var made = await handler.MakeRequestOptionsAsync(null, context);
        return Ceremony(made.RequestOptionsJson, made.AssertionState, null);
    }

    private async Task<Results<SignInHttpResult, ProblemHttpResult>> SignInAsync(PasskeySignIn request, HttpContext context, SignInManager<Account> signIn)
    {
        if (await TakeAsync(request.Ceremony) is not { Account: null } state)
        {
            return Failed.ToProblem();
        }

        var done = await handler.PerformAssertionAsync(new PasskeyAssertionContext { CredentialJson = request.Credential.GetRawText(), HttpContext = context, AssertionState = state.Kept });
        if (!done.Succeeded || await accounts.IsLockedOutAsync(done.User) || !done.User.EmailConfirmed)
        {
            return Failed.ToProblem();
        }

        await accounts.AddOrUpdatePasskeyAsync(done.User, done.Passkey);
        return TypedResults.SignIn(await signIn.CreateUserPrincipalAsync(done.User), authenticationScheme: IdentityConstants.BearerScheme);
    }

    private PasskeyCeremony Ceremony(string options, string? kept, string? account)
    {
        using var read = JsonDocument.Parse(options);
        return new PasskeyCeremony(read.RootElement.Clone(), protector.Protect(JsonSerializer.Serialize(new State(Nonce.New(), account, kept, clock.GetUtcNow() + Life))));
    }

    /// <summary>The state of a ceremony that is ours, fresh, and was not finished before; null otherwise.</summary>
    private async Task<State?> TakeAsync(string ceremony)
    {
        State state;
        try
        {
            state = JsonSerializer.Deserialize<State>(protector.Unprotect(ceremony))!;
        }
        catch (System.Security.Cryptography.CryptographicException)
        {
            return null;
        }

        var now = clock.GetUtcNow();
        return state.Ends > now && await database.WriteAsync(Writer, async within =>
        {
            await within.Connection!.ExecuteAsync("DELETE FROM used_ceremonies WHERE ends < @now", new { now = RecordTime.Write(now) }, within);
            return await within.Connection!.ExecuteAsync("INSERT INTO used_ceremonies (id, ends) VALUES (@Id, @ends) ON CONFLICT (id) DO NOTHING", new { state.Id, ends = RecordTime.Write(state.Ends) }, within);
        }) == 1 ? state : null;
    }
}
