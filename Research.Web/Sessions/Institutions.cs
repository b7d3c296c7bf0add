using System.Security.Claims;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authentication.OAuth;
using Microsoft.Extensions.Options;
using Research.Web.Hub;
using Research.Web.Languages;

namespace Research.Web.Sessions;

/// <summary>An institution through whose OpenID Provider people sign in: <c>Institutions:0</c>, <c>:1</c>, …</summary>
internal sealed class InstitutionOptions
{
    /// <summary>How do people call it? The words on the link.</summary>
    public required string Name { get; init; }

    /// <summary>What does the provider call itself? Its issuer, from which discovery starts; https, or http on this machine.</summary>
    public required string Issuer { get; init; }

    /// <summary>What does the provider call us?</summary>
    public required string ClientId { get; init; }

    /// <summary>Which secret do we show it?</summary>
    public required string ClientSecret { get; init; }

    /// <summary>For whom is the access token? The hub's <c>Identity:Issuers:…:Audience</c>, asked for as resource (RFC 8707).</summary>
    public required string Resource { get; init; }

    /// <summary>Which scopes are asked for? Words with spaces between; <c>openid</c> by default.</summary>
    public string Scope { get; init; } = "openid";
}

/// <summary>The configured institutions, in order.</summary>
internal sealed record Institutions(IReadOnlyList<InstitutionOptions> All);

/// <summary>Sign-in through an institution: code with PKCE (RFC 7636). What comes back is the hub's to check: it exchanges the access token for its own.</summary>
internal static class InstitutionsSetup
{
    private const string Path = "/sign-in/institution";

    public static void AddInstitutions(this WebApplicationBuilder builder, AuthenticationBuilder authentication)
    {
        var all = builder.Configuration.GetSection("Institutions").Get<List<InstitutionOptions>>() ?? [];
        builder.Services.AddSingleton(new Institutions(all));
        for (var i = 0; i < all.Count; i++)
        {
            var institution = all[i];
            var back = $"{At(i)}/back";
            authentication.AddOAuth<OAuthOptions, InstitutionHandler>(Name(i), institution.Name, options =>
            {
                options.SignInScheme = CookieAuthenticationDefaults.AuthenticationScheme;
                options.ClaimsIssuer = institution.Issuer;
                options.CallbackPath = back;
                options.CorrelationCookie.SameSite = SameSiteMode.Lax;
                options.CorrelationCookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
                (options.ClientId, options.ClientSecret) = (institution.ClientId, institution.ClientSecret);
                (options.AuthorizationEndpoint, options.TokenEndpoint) = (InstitutionHandler.Undiscovered, InstitutionHandler.Undiscovered);
                options.UsePkce = true;
                options.AdditionalAuthorizationParameters["resource"] = institution.Resource;
                foreach (var scope in institution.Scope.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                {
                    options.Scope.Add(scope);
                }

                options.Events.OnCreatingTicket = AdoptAsync;
                options.Events.OnRemoteFailure = failed =>
                {
                    failed.Response.Redirect("/sign-in?refused=institution");
                    failed.HandleResponse();
                    return Task.CompletedTask;
                };
            });
        }
    }

    public static void MapInstitutions(this IEndpointRouteBuilder routes) => routes.MapGet(Path + "/{number:int}", (int number, string? back, Institutions institutions) =>
        number >= 0 && number < institutions.All.Count
            ? Results.Challenge(new AuthenticationProperties { RedirectUri = LanguagesSetup.IsLocal(back) ? back : "/desk" }, [Name(number)])
            : Results.NotFound());

    /// <summary>The page that sends the browser to the institution.</summary>
    public static string At(int number) => FormattableString.Invariant($"{Path}/{number}");

    private static string Name(int number) => FormattableString.Invariant($"institution-{number}");

    /// <summary>Begins the session as whom the hub says that the token's holder is.</summary>
    private static async Task AdoptAsync(OAuthCreatingTicketContext context)
    {
        var hub = context.HttpContext.RequestServices.GetRequiredService<AnonymousHub>();
        var now = context.HttpContext.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow();
        var cancel = context.HttpContext.RequestAborted;
        var signedIn = await hub.ExchangeAsync(context.AccessToken ?? "", cancel) ?? throw new AuthenticationFailureException("the hub did not accept the institution's token");
        var account = await hub.WhoIsAsync(signedIn.AccessToken, cancel) ?? throw new AuthenticationFailureException("the hub does not know the institution's person");
        var (principal, properties) = SessionsSetup.Begin(signedIn, account, now);
        context.Principal = principal;
        foreach (var (key, value) in properties.Items)
        {
            context.Properties.Items[key] = value;
        }
    }
}

/// <summary>The framework's OAuth handler, with the provider's endpoints by discovery at the first use.</summary>
internal sealed class InstitutionHandler(IOptionsMonitor<OAuthOptions> options, ILoggerFactory logger, UrlEncoder encoder) : OAuthHandler<OAuthOptions>(options, logger, encoder)
{
    /// <summary>Stands where discovery has not been yet.</summary>
    public const string Undiscovered = "about:undiscovered";

    protected override async Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        await DiscoverAsync();
        await base.HandleChallengeAsync(properties);
    }

    protected override async Task<HandleRequestResult> HandleRemoteAuthenticateAsync()
    {
        await DiscoverAsync();
        return await base.HandleRemoteAuthenticateAsync();
    }

    /// <exception cref="AuthenticationFailureException">The provider calls itself something else than configured, or is not reached by https.</exception>
    private async Task DiscoverAsync()
    {
        if (Options.AuthorizationEndpoint != Undiscovered)
        {
            return;
        }

        var issuer = Options.ClaimsIssuer!;
        using var answer = await Backchannel.GetAsync(new Uri(issuer.TrimEnd('/') + "/.well-known/openid-configuration"), Context.RequestAborted);
        using var document = await JsonDocument.ParseAsync(await answer.EnsureSuccessStatusCode().Content.ReadAsStreamAsync(Context.RequestAborted), cancellationToken: Context.RequestAborted);
        string Of(string name) => document.RootElement.GetProperty(name).GetString()!;
        var (authorization, token) = (new Uri(Of("authorization_endpoint")), new Uri(Of("token_endpoint")));
        if (Of("issuer") != issuer || new[] { authorization, token }.Any(url => url.Scheme != "https" && !url.IsLoopback))
        {
            throw new AuthenticationFailureException($"discovery: issuer is '{Of("issuer")}', expected '{issuer}' with https endpoints");
        }

        (Options.TokenEndpoint, Options.AuthorizationEndpoint) = (token.ToString(), authorization.ToString());
    }
}
