using Research.Api.Protocol;

namespace Research.Api.Manners;

/// <summary>What every answer says to a browser that came here: nothing of it is a page, but the API's own description, whose scripts and styles are files of ours.</summary>
internal sealed class SafeHeaders(RequestDelegate next)
{
    private const string Data = "default-src 'none'; frame-ancestors 'none'";
    private const string Pages = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

    public Task InvokeAsync(HttpContext context)
    {
        context.Response.Headers.ContentSecurityPolicy = context.Request.Path.StartsWithSegments(HubRoutes.Docs) ? Pages : Data;
        context.Response.Headers.XContentTypeOptions = "nosniff";
        context.Response.Headers["Referrer-Policy"] = "no-referrer";
        return next(context);
    }
}
