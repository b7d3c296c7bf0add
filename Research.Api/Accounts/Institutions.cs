using System.Security.Claims;
using System.Text.Json;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Identity;
using Microsoft.IdentityModel.Tokens;
using Research.Api.Protocol;
using Silos.Ledger.Records;

namespace Research.Api.Accounts;

/// <summary>An institution's OpenID Provider: <c>Identity:Issuers:0</c>, <c>:1</c>, …</summary>
internal sealed class InstitutionOptions
{
    /// <summary>What does the provider call itself? Its issuer, from which discovery starts; https, or http on this machine.</summary>
    public required string Issuer { get; init; }

    /// <summary>What do its access tokens call us? The audience; a token for anybody else is refused.</summary>
    public required string Audience { get; init; }

    /// <summary>Which institution do its people belong to?</summary>
    public required string Institution { get; init; }

    /// <summary>Which claim holds what people are? <c>roles</c> by default.</summary>
    public string RoleClaim { get; init; } = "roles";

    /// <summary>What does each value of that claim mean here? A value that is not listed means nothing; an empty table gives nobody a role.</summary>
    public Dictionary<string, string> Roles { get; init; } = [];

    /// <summary>Kind of user of its researchers: <c>non-profit</c> or <c>for-profit</c>.</summary>
    public string Kind { get; init; } = "non-profit";
}

/// <summary>Access tokens of institutions (RFC 9068), checked against the provider's published keys. Issuer, audience, expiry, algorithm and type are pinned.</summary>
internal static class Institutions
{
    private static readonly string[] Algorithms = ["ES256", "ES384", "RS256", "PS256"];
    private static readonly TimeSpan Skew = TimeSpan.FromSeconds(60);

    /// <summary>Adds a scheme for each configured provider.</summary>
    /// <returns>Issuers in the order of their schemes (<see cref="SchemeOf"/>).</returns>
    public static IReadOnlyList<string> Add(AuthenticationBuilder authentication, IConfiguration configuration)
    {
        var issuers = configuration.GetSection("Identity:Issuers").Get<List<InstitutionOptions>>() ?? [];
        for (var i = 0; i < issuers.Count; i++)
        {
            var institution = issuers[i];
            if (institution.Roles.Values.FirstOrDefault(role => !Role.All.Contains(role)) is { } unknown)
            {
                throw new InvalidOperationException($"configuration: Identity:Issuers:{i}:Roles names '{unknown}'; allowed are {string.Join(", ", Role.All)}");
            }

            authentication.AddJwtBearer(Name(i), options => Configure(options, institution));
        }

        return [.. issuers.Select(issuer => issuer.Issuer)];
    }

    /// <summary>The scheme of a token by the issuer that it names, which the scheme then checks; null for a token that is no JWT of a known issuer.</summary>
    public static string? SchemeOf(string token, IReadOnlyList<string> issuers)
    {
        if (token.Split('.') is not [_, var payload, _] || Base64Text.TryDecode(payload) is not { } bytes)
        {
            return null;
        }

        try
        {
            using var claims = JsonDocument.Parse(bytes);
            var named = claims.RootElement.GetProperty("iss").GetString();
            var at = issuers.ToList().IndexOf(named!);
            return at >= 0 ? Name(at) : null;
        }
        catch (Exception bad) when (bad is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>Whether a scheme is an institution's.</summary>
    public static bool Names(string? scheme) => scheme?.StartsWith("institution-", StringComparison.Ordinal) == true;

    private static string Name(int i) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"institution-{i}");

    private static void Configure(JwtBearerOptions options, InstitutionOptions institution)
    {
        var isLocal = Uri.TryCreate(institution.Issuer, UriKind.Absolute, out var url) && url.IsLoopback;
        options.Authority = institution.Issuer;
        options.RequireHttpsMetadata = !isLocal;
        options.MapInboundClaims = false;
        options.TokenValidationParameters = new TokenValidationParameters
        {
            ValidIssuer = institution.Issuer,
            ValidAudience = institution.Audience,
            ValidAlgorithms = Algorithms,
            ValidTypes = ["at+jwt", "application/at+jwt"],
            RequireExpirationTime = true,
            RequireSignedTokens = true,
            ClockSkew = Skew,
        };
        options.Events = new JwtBearerEvents { OnTokenValidated = context => AdoptAsync(context, institution) };
    }

    /// <summary>The account of this issuer's subject, made at the first visit, with the roles that its token gives now.</summary>
    private static async Task AdoptAsync(TokenValidatedContext context, InstitutionOptions institution)
    {
        var accounts = context.HttpContext.RequestServices.GetRequiredService<UserManager<Account>>();
        var subject = context.Principal!.FindFirstValue("sub");
        if (string.IsNullOrEmpty(subject) || subject.Length > 128)
        {
            context.Fail("the token names no subject");
            return;
        }

        var account = await accounts.FindByLoginAsync(Provider(institution), subject) ?? await MakeAsync(accounts, institution, subject, context.Principal!);
        if (account is null)
        {
            context.Fail("another account has this e-mail address; accounts are never joined by address");
            return;
        }

        var roles = context.Principal!.FindAll(institution.RoleClaim).Select(claim => institution.Roles.GetValueOrDefault(claim.Value)).OfType<string>().Distinct().ToList();
        var had = await accounts.GetRolesAsync(account);
        await accounts.RemoveFromRolesAsync(account, had.Except(roles));
        await accounts.AddToRolesAsync(account, roles.Except(had));
        context.Principal = new ClaimsPrincipal(new ClaimsIdentity([new(ClaimTypes.NameIdentifier, account.Id)], context.Scheme.Name));
    }

    private static async Task<Account?> MakeAsync(UserManager<Account> accounts, InstitutionOptions institution, string subject, ClaimsPrincipal principal)
    {
        var name = Hash32.Of($"{institution.Issuer} {subject}").ToString();
        var email = principal.FindFirstValue("email") ?? $"{name}@institution.invalid".ToLowerInvariant();
        var account = new Account { UserName = name, Email = email, EmailConfirmed = true, Name = principal.FindFirstValue("name") ?? email, Institution = institution.Institution, Kind = institution.Kind };
        if (!(await accounts.CreateAsync(account)).Succeeded)
        {
            return null;
        }

        await accounts.AddLoginAsync(account, new UserLoginInfo(Provider(institution), subject, institution.Institution));
        return account;
    }

    private static string Provider(InstitutionOptions institution) => institution.Issuer.Length <= 128 ? institution.Issuer : Hash32.Of(institution.Issuer).ToString();
}
