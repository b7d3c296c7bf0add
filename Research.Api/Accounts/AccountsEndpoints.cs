using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.BearerToken;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Research.Api.Audit;
using Research.Api.Outbox;
using Research.Api.Problems;
using Research.Api.Protocol;
using Silos.Ledger.Chain;

namespace Research.Api.Accounts;

/// <summary>Where passkeys are made and used: the section <c>Passkeys</c>.</summary>
internal sealed class PasskeyOptions
{
    /// <summary>For which domain are passkeys? The pages' host name, without port; <c>localhost</c> by default.</summary>
    public string Domain { get; init; } = "localhost";

    /// <summary>From which origins may their ceremonies come? Such as <c>https://researchhub.example</c>; none allows none.</summary>
    public IReadOnlyList<string> Origins { get; init; } = [];
}

/// <summary>Sign-in, who am I, and what an account is linked to.</summary>
internal static class AccountsEndpoints
{
    /// <summary>An auditor changes nothing at all, her own account included.</summary>
    private static readonly string[] Writers = [.. Role.All.Where(role => role != Role.Auditor)];

    private const string AnyToken = "AnyToken";

    public static void AddAccounts(this WebApplicationBuilder builder)
    {
        var connectionString = builder.Configuration.GetConnectionString("Hub")!;
        builder.Services.AddSingleton<AccountStore>();
        builder.Services.AddDbContext<AccountsContext>(options => _ = connectionString.Contains("Host=", StringComparison.OrdinalIgnoreCase)
            ? options.UseNpgsql(connectionString, server => server.EnableRetryOnFailure(2, TimeSpan.FromSeconds(1), ["57P01", "57P02"]))
            : options.UseSqlite(connectionString));
        builder.Services.AddIdentityCore<Account>(options =>
            {
                options.Stores.SchemaVersion = IdentitySchemaVersions.Version3;
                options.User.RequireUniqueEmail = true;

                // Length alone: rules of composition make passwords weaker and harder to keep (NIST SP 800-63B, 5.1.1.2).
                options.Password.RequiredLength = 12;
                options.Password.RequireDigit = options.Password.RequireUppercase = options.Password.RequireLowercase = options.Password.RequireNonAlphanumeric = false;
                options.Lockout.AllowedForNewUsers = true;
            })
            .AddRoles<IdentityRole>()
            .AddEntityFrameworkStores<AccountsContext>()
            .AddSignInManager()
            .AddDefaultTokenProviders();
        builder.Services.AddSingleton<AccessTokens>();
        builder.Services.AddScoped<Joining>().AddScoped<IPasskeyHandler<Account>, PasskeyHandler<Account>>().AddScoped<Passkeys>().AddScoped<AuthenticatorCodes>();
        var passkeys = builder.Configuration.GetSection("Passkeys").Get<PasskeyOptions>() ?? new PasskeyOptions();
        builder.Services.Configure<IdentityPasskeyOptions>(options =>
        {
            options.ServerDomain = passkeys.Domain;
            options.UserVerificationRequirement = "required";
            options.ResidentKeyRequirement = "required";
            options.IsAllowedAlgorithm = algorithm => algorithm == PasskeyKey.Es256;
            options.ValidateOrigin = context => ValueTask.FromResult(!context.CrossOrigin && passkeys.Origins.Contains(context.Origin));
        });
        var authentication = builder.Services.AddAuthentication(AnyToken);
        var issuers = Institutions.Add(authentication, builder.Configuration);
        authentication
            .AddPolicyScheme(AnyToken, null, options => options.ForwardDefaultSelector = context => SchemeOf(context, issuers))
            .AddScheme<AuthenticationSchemeOptions, AccessTokenHandler>(AccessTokenHandler.Name, null)
            .AddBearerToken(IdentityConstants.BearerScheme, options => options.BearerTokenExpiration = TimeSpan.FromHours(1));
        builder.Services.AddAuthorization();
    }

    public static void MapAccounts(this IEndpointRouteBuilder routes)
    {
        routes.MapPost(HubRoutes.SignIn, SignIn.ByPasswordAsync).Public().Produces<AccessTokenResponse>();
        routes.MapPost(HubRoutes.Refresh, SignIn.ByRefreshAsync).Public().Produces<AccessTokenResponse>();
        routes.MapPost(HubRoutes.InstitutionSignIn, SignIn.ByInstitutionAsync).Public().Produces<AccessTokenResponse>();
        Joining.Map(routes);
        Passkeys.Map(routes, Writers);
        routes.MapGet(HubRoutes.Me, MeAsync).ForEverySignedIn();
        routes.MapPut(HubRoutes.MemberKey, PutMemberKeyAsync).For(Role.CommitteeMember);
        routes.MapPost(HubRoutes.Password, SecondFactor.ChangePasswordAsync).For(Writers);
        routes.MapPost(HubRoutes.SecondFactor, SecondFactor.BeginAsync).For(Writers);
        routes.MapPut(HubRoutes.SecondFactor, SecondFactor.EnableAsync).For(Writers);
        routes.MapDelete(HubRoutes.SecondFactor, SecondFactor.DisableAsync).For(Writers);
        routes.MapGet(HubRoutes.Webhooks, (Caller caller, Webhooks webhooks) => webhooks.ListAsync(caller.Id)).ForEverySignedIn();
        routes.MapPost(HubRoutes.Webhooks, async (WebhookRequest request, Caller caller, Webhooks webhooks) => (await webhooks.AddAsync(caller.Id, request)).ToHttp()).For(Writers);
        routes.MapDelete(HubRoutes.Webhooks + "/{id}", async Task<Results<NoContent, ProblemHttpResult>> (string id, Caller caller, Webhooks webhooks) =>
            await webhooks.RemoveAsync(caller.Id, id) ? TypedResults.NoContent() : Refusal.NotFound("webhook").ToProblem()).For(Writers);
        routes.MapGet(HubRoutes.AccessTokens, (Caller caller, AccessTokens tokens) => tokens.ListAsync(caller.Id)).ForEverySignedIn();
        routes.MapPost(HubRoutes.AccessTokens, async (AccessTokenRequest request, Caller caller, AccessTokens tokens) => (await tokens.MakeAsync(caller.Id, request)).ToHttp()).For(Writers);
        routes.MapDelete(HubRoutes.AccessTokens + "/{id}", RevokeTokenAsync).For(Writers);
    }

    /// <summary>The kind of bearer token tells who checks it.</summary>
    private static string SchemeOf(HttpContext context, IReadOnlyList<string> issuers)
    {
        var header = context.Request.Headers.Authorization.ToString();
        var token = header.StartsWith("Bearer ", StringComparison.Ordinal) ? header["Bearer ".Length..] : "";
        return token.StartsWith(AccessTokens.Prefix, StringComparison.Ordinal) ? AccessTokenHandler.Name : Institutions.SchemeOf(token, issuers) ?? IdentityConstants.BearerScheme;
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> RevokeTokenAsync(string id, Caller caller, AccessTokens tokens) =>
        await tokens.RevokeAsync(caller.Id, id) ? TypedResults.NoContent() : Refusal.NotFound("access token").ToProblem();

    /// <summary>Makes the nine roles, which are data for Identity and fixed for us.</summary>
    public static async Task MakeRolesAsync(IServiceProvider services)
    {
        await using var scope = services.CreateAsyncScope();
        var roles = scope.ServiceProvider.GetRequiredService<RoleManager<IdentityRole>>();
        foreach (var role in Role.All)
        {
            if (!await roles.RoleExistsAsync(role))
            {
                await roles.CreateAsync(new IdentityRole(role));
            }
        }
    }

    private static async Task<AccountView> MeAsync(Caller caller, AccountStore accounts, UserManager<Account> people) =>
        new(caller.Id, caller.Email, caller.Name, [.. Role.All.Where(caller.Is)], caller.Institution, caller.Kind, (await accounts.MemberKeyAsync(caller.Id))?.ToString(),
            (await people.FindByIdAsync(caller.Id))?.TwoFactorEnabled == true);

    private static async Task<Results<NoContent, ProblemHttpResult>> PutMemberKeyAsync(
        MemberKeyRequest request, Caller caller, AccountStore accounts, ChainClient chain, CancellationToken cancel)
    {
        var read = LinkMemberKey.Read(request.Key, "key");
        if (read.Refused is not null)
        {
            return read.Refused.ToProblem();
        }

        var key = read.Value!;
        var refused = LinkMemberKey.Decide(key.Id, await chain.ReadMembersAsync(cancel)) ?? await accounts.LinkMemberKeyAsync(caller.Id, key.Id, key.Jwk);
        return refused is null ? TypedResults.NoContent() : refused.ToProblem();
    }
}
