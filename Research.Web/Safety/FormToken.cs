using Microsoft.AspNetCore.Antiforgery;

namespace Research.Web.Safety;

/// <summary>Routes that take a form of ours without reading it: the framework checks the token, but leaves it to whoever reads the form to refuse.</summary>
internal static class FormToken
{
    /// <summary>Answers 400 where the form's token is missing or another session's.</summary>
    public static RouteHandlerBuilder RequireFormToken(this RouteHandlerBuilder route) => route
        .WithMetadata(new RequireAntiforgeryTokenAttribute())
        .AddEndpointFilter((context, next) => context.HttpContext.Features.Get<IAntiforgeryValidationFeature>() is { IsValid: true }
            ? next(context)
            : ValueTask.FromResult<object?>(Results.BadRequest()));
}
