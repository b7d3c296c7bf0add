using System.Security.Claims;
using Research.Api.Problems;

namespace Research.Api.Accounts;

/// <summary>Who calls, as the database has it at this call.</summary>
internal sealed record Caller(string Id, string Email, string Name, string? Institution, string? Kind, IReadOnlySet<string> Roles)
{
    public bool Is(string role) => Roles.Contains(role);

    /// <summary>Binds a handler's parameter; the route's policy has already refused the anonymous.</summary>
    public static ValueTask<Caller?> BindAsync(HttpContext context) => ValueTask.FromResult(context.Items[typeof(Caller)] as Caller);
}

/// <summary>
/// Reads the account anew at every call, so that a removed role, a changed password or a lock-out counts at the next call
/// and not when the token runs out.
/// </summary>
internal sealed class FreshCaller(RequestDelegate next)
{
    public async Task InvokeAsync(HttpContext context, AccountStore accounts)
    {
        if (context.User.Identity is { IsAuthenticated: true, AuthenticationType: var scheme })
        {
            var stamp = context.User.FindFirstValue("AspNet.Identity.SecurityStamp");
            if (context.User.FindFirstValue(AccessTokenHandler.Scopes) is { } scopes && !AccessTokens.Covers(scopes, context.Request.Method, context.Request.Path))
            {
                await Problem.Of(403, "outside-scope", $"This access token covers '{scopes}', not {context.Request.Method} {context.Request.Path}.").ExecuteAsync(context);
                return;
            }

            var caller = await accounts.FindCallerAsync(context.User.FindFirstValue(ClaimTypes.NameIdentifier) ?? "", stamp, context.RequestAborted);
            context.Items[typeof(Caller)] = caller;
            context.User = caller is null
                ? new ClaimsPrincipal(new ClaimsIdentity())
                : new ClaimsPrincipal(new ClaimsIdentity(
                    [new(ClaimTypes.NameIdentifier, caller.Id), .. caller.Roles.Select(role => new Claim(ClaimTypes.Role, role))], scheme));
        }

        await next(context);
    }
}
