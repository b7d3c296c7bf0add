using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Research.Api.Protocol;
using Research.Web.Hub;
using Research.Web.Safety;

namespace Research.Web.Sessions;

/// <summary>Who is signed in: one cookie that no script can read, which ends an hour after the last page and twelve hours after signing in.</summary>
internal static class SessionsSetup
{
    private static readonly TimeSpan Idle = TimeSpan.FromHours(1);
    private static readonly TimeSpan Longest = TimeSpan.FromHours(12);

    public static void AddSessions(this WebApplicationBuilder builder)
    {
        var authentication = builder.Services.AddAuthentication(CookieAuthenticationDefaults.AuthenticationScheme).AddCookie(options =>
        {
            options.Cookie.Name = "researchhub";
            options.Cookie.HttpOnly = true;
            options.Cookie.SameSite = SameSiteMode.Lax;
            options.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
            options.LoginPath = "/sign-in";
            options.AccessDeniedPath = "/problem/403";
            options.ReturnUrlParameter = "back";
            options.ExpireTimeSpan = Idle;
            options.SlidingExpiration = true;
            options.Events.OnValidatePrincipal = RenewAsync;
        });
        builder.AddInstitutions(authentication);
        builder.Services.AddAuthorization();
    }

    public static void MapSessions(this IEndpointRouteBuilder routes)
    {
        routes.MapInstitutions();
        routes.MapPasskeys();
        routes.MapPost("/sign-out", async (HttpContext context) =>
        {
            await context.SignOutAsync();
            return Results.LocalRedirect("/");
        }).RequireFormToken();
    }

    /// <summary>Signs in here as whom the hub says.</summary>
    public static Task BeginAsync(HttpContext context, SignedIn signedIn, AccountView account, DateTimeOffset now)
    {
        var (principal, properties) = Begin(signedIn, account, now);
        return context.SignInAsync(principal, properties);
    }

    /// <summary>What the cookie of a new session holds.</summary>
    internal static (ClaimsPrincipal Principal, AuthenticationProperties Properties) Begin(SignedIn signedIn, AccountView account, DateTimeOffset now)
    {
        var properties = new AuthenticationProperties();
        properties.SetString("began", now.ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture));
        SessionTokens.Keep(properties, signedIn, now);
        List<Claim> claims = [new(ClaimTypes.NameIdentifier, account.Id), new(ClaimTypes.Name, account.Name), .. account.Roles.Select(role => new Claim(ClaimTypes.Role, role))];
        return (new ClaimsPrincipal(new ClaimsIdentity(claims, CookieAuthenticationDefaults.AuthenticationScheme)), properties);
    }

    private static async Task RenewAsync(CookieValidatePrincipalContext context)
    {
        var services = context.HttpContext.RequestServices;
        var now = services.GetRequiredService<TimeProvider>().GetUtcNow();
        if (HasEnded(context.Properties, now))
        {
            await EndAsync(context);
            return;
        }

        if (!SessionTokens.EndsSoon(context.Properties, now))
        {
            return;
        }

        var refresh = new RefreshRequest(context.Properties.GetTokenValue(SessionTokens.Refresh) ?? "");
        var renewed = await services.GetRequiredService<AnonymousHub>().RefreshAsync(refresh, context.HttpContext.RequestAborted);
        if (renewed is null)
        {
            await EndAsync(context);
            return;
        }

        SessionTokens.Keep(context.Properties, renewed, now);
        context.ShouldRenew = true;
    }

    private static bool HasEnded(AuthenticationProperties properties, DateTimeOffset now) =>
        !long.TryParse(properties.GetString("began"), System.Globalization.CultureInfo.InvariantCulture, out var began)
        || now - DateTimeOffset.FromUnixTimeSeconds(began) > Longest;

    private static async Task EndAsync(CookieValidatePrincipalContext context)
    {
        context.RejectPrincipal();
        await context.HttpContext.SignOutAsync();
    }
}
