using Microsoft.AspNetCore.Authorization;

namespace Research.Api.Accounts;

/// <summary>Who may call a route: the only two ways to say it. <see cref="RouteAccess.Check"/> finds a route that says neither.</summary>
internal static class RouteAccess
{
    /// <summary>Only accounts with one of these roles.</summary>
    public static TBuilder For<TBuilder>(this TBuilder route, params string[] roles)
        where TBuilder : IEndpointConventionBuilder
    {
        route.RequireAuthorization(new AuthorizationPolicyBuilder().RequireAuthenticatedUser().RequireRole(roles).Build());
        route.WithMetadata(new RouteRoles(roles));
        return route;
    }

    /// <summary>Anybody who is signed in, whatever the role: what she may see depends on who she is.</summary>
    public static TBuilder ForEverySignedIn<TBuilder>(this TBuilder route)
        where TBuilder : IEndpointConventionBuilder => route.For([.. Protocol.Role.All]);

    /// <summary>Everybody, without a token.</summary>
    public static TBuilder Public<TBuilder>(this TBuilder route)
        where TBuilder : IEndpointConventionBuilder
    {
        route.AllowAnonymous();
        route.WithMetadata(new RouteRoles([]));
        return route;
    }

    /// <summary>Refuses to start with a route that names no role and is not expressly public.</summary>
    /// <exception cref="InvalidOperationException">There is one; the message names it.</exception>
    public static void Check(IEndpointRouteBuilder routes)
    {
        var open = routes.DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
            .FirstOrDefault(endpoint => endpoint.Metadata.GetMetadata<RouteRoles>() is null);
        if (open is not null)
        {
            throw new InvalidOperationException($"route {open.RoutePattern.RawText} names no role and is not public: say .For(…) or .Public()");
        }
    }
}

/// <summary>The roles that a route names; none for a public route.</summary>
internal sealed record RouteRoles(IReadOnlyList<string> Allowed);
