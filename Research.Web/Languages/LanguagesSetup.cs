using Microsoft.AspNetCore.Mvc;

namespace Research.Web.Languages;

/// <summary>Which language a page speaks: the one that was chosen, else what the browser asks for, without a redirect.</summary>
internal static class LanguagesSetup
{
    private const string Cookie = "language";

    public static void AddLanguages(this WebApplicationBuilder builder) =>
        builder.Services.AddScoped(services => new Texts(Choose(services.GetRequiredService<IHttpContextAccessor>().HttpContext?.Request)));

    public static void MapLanguages(this IEndpointRouteBuilder routes) => routes.MapPost("/language", (HttpContext context, [FromForm] string tag, [FromForm] string back) =>
    {
        if (Language.Find(tag) is { } language)
        {
            context.Response.Cookies.Append(Cookie, language.Tag, new CookieOptions { HttpOnly = true, SameSite = SameSiteMode.Lax, Secure = context.Request.IsHttps, MaxAge = TimeSpan.FromDays(365), IsEssential = true });
        }

        return Results.LocalRedirect(IsLocal(back) ? back : "/");
    });

    /// <summary>Whether a browser that follows this path stays here.</summary>
    public static bool IsLocal(string? path) => path is ['/'] or ['/', not ('/' or '\\'), ..] && !path.Any(char.IsControl);

    internal static Language Choose(HttpRequest? request) =>
        Language.Find(request?.Cookies[Cookie])
        ?? request?.GetTypedHeaders().AcceptLanguage.OrderByDescending(asked => asked.Quality ?? 1).Select(asked => Language.Find(asked.Value.Value)).FirstOrDefault(found => found is not null)
        ?? Language.Default;
}
