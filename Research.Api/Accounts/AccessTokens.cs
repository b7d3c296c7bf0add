using System.Security.Claims;
using System.Text.Encodings.Web;
using Dapper;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using Research.Api.Problems;
using Research.Api.Protocol;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;

namespace Research.Api.Accounts;

/// <summary>Personal access tokens for scripts and notebooks: 256 random bits behind a prefix, kept as a hash, limited in scope and time, revocable.</summary>
internal sealed class AccessTokens(Database database, TimeProvider clock)
{
    /// <summary>How a token is told from other bearer tokens, and found by secret scanners.</summary>
    public const string Prefix = "rhp_";

    public const string Read = "read";
    public const string Query = "query";

    private const string Writer = "access-tokens";

    public async Task<Outcome<NewAccessToken>> MakeAsync(string account, AccessTokenRequest request)
    {
        if (request.Name is not { Length: >= 1 and <= 100 } || request.Days is < 1 or > 365 || request.Scopes.Count == 0 || request.Scopes.Any(scope => scope is not (Read or Query)))
        {
            return Refusal.Invalid($"name: 1 to 100 characters; days: 1 to 365; scopes: {Read}, {Query}.");
        }

        var token = Prefix + Hash32.Random();
        var id = Nonce.New();
        var now = clock.GetUtcNow();
        var expires = RecordTime.Write(now.AddDays(request.Days));
        await database.WriteAsync(Writer, within => within.Connection!.ExecuteAsync(
            "INSERT INTO access_tokens (id, account, name, token_hash, scopes, created, expires) VALUES (@id, @account, @Name, @hash, @scopes, @created, @expires)",
            new { id, account, request.Name, hash = Hash32.Of(token).ToString(), scopes = string.Join(' ', request.Scopes.Distinct()), created = RecordTime.Write(now), expires }, within));
        return new NewAccessToken(id, token, expires);
    }

    public Task<IReadOnlyList<AccessTokenView>> ListAsync(string account) => database.ReadAsync<IReadOnlyList<AccessTokenView>>(async connection =>
        [.. (await connection.QueryAsync<(string Id, string Name, string Scopes, string Created, string Expires, string? LastUsed, string? Revoked)>(
            "SELECT id, name, scopes, created, expires, last_used, revoked FROM access_tokens WHERE account = @account ORDER BY created DESC", new { account }))
            .Select(row => new AccessTokenView(row.Id, row.Name, row.Scopes.Split(' '), row.Created, row.Expires, row.LastUsed, row.Revoked))]);

    /// <summary>Ends the token now. False when the account has none of this id.</summary>
    public async Task<bool> RevokeAsync(string account, string id) => await database.WriteAsync(Writer, within => within.Connection!.ExecuteAsync(
        "UPDATE access_tokens SET revoked = @now WHERE id = @id AND account = @account AND revoked IS NULL", new { id, account, now = RecordTime.Write(clock.GetUtcNow()) }, within)) == 1;

    /// <summary>Account and scopes of a token that is in force; its use is noted to the day.</summary>
    public async Task<(string Account, string Scopes)?> FindAsync(string token)
    {
        var now = RecordTime.Write(clock.GetUtcNow());
        var hash = Hash32.Of(token).ToString();
        var found = await database.ReadAsync(connection => connection.QuerySingleOrDefaultAsync<(string? Account, string? Scopes, string? LastUsed)>(
            "SELECT account, scopes, last_used FROM access_tokens WHERE token_hash = @hash AND revoked IS NULL AND expires > @now", new { hash, now }));
        if (found.Account is null)
        {
            return null;
        }

        if (found.LastUsed is null || !found.LastUsed.StartsWith(now[..10], StringComparison.Ordinal))
        {
            await database.WriteAsync(Writer, within => within.Connection!.ExecuteAsync("UPDATE access_tokens SET last_used = @now WHERE token_hash = @hash", new { hash, now }, within));
        }

        return (found.Account, found.Scopes!);
    }

    /// <summary>Whether a call is within the scopes: reading anything of one's own, or previewing, asking and extracting; never managing accounts, voting or applying.</summary>
    public static bool Covers(string scopes, string method, PathString path)
    {
        var granted = scopes.Split(' ');
        return HttpMethods.IsGet(method) ? (granted.Contains(Read) && !path.StartsWithSegments(HubRoutes.AccessTokens)) || (granted.Contains(Query) && path.StartsWithSegments(HubRoutes.Extracts))
            : HttpMethods.IsPost(method) && granted.Contains(Query) && (path.StartsWithSegments(HubRoutes.Queries) || path.StartsWithSegments(HubRoutes.Extracts));
    }
}

/// <summary>Signs a caller in by her personal access token.</summary>
internal sealed class AccessTokenHandler(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, AccessTokens tokens)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string Name = "AccessToken";

    /// <summary>Claim that holds the scopes; only principals of this scheme have it.</summary>
    public const string Scopes = "scopes";

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var header = Request.Headers.Authorization.ToString();
        if (!header.StartsWith("Bearer " + AccessTokens.Prefix, StringComparison.Ordinal))
        {
            return AuthenticateResult.NoResult();
        }

        return await tokens.FindAsync(header["Bearer ".Length..]) is var (account, scopes)
            ? AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(new ClaimsIdentity([new(ClaimTypes.NameIdentifier, account), new(Scopes, scopes)], Name)), Name))
            : AuthenticateResult.Fail("unknown, expired or revoked access token");
    }
}
