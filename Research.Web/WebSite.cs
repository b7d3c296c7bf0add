using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Diagnostics;
using Research.Web.Checker;
using Research.Web.Components;
using Research.Web.Downloads;
using Research.Web.Hub;
using Research.Web.Languages;
using Research.Web.Safety;
using Research.Web.Sessions;

namespace Research.Web;

/// <summary>
/// The pages, as one web application. Settings: <c>Api:Url</c> (where the hub answers), <c>State</c> (folder of the data-protection
/// keys; without it sessions end with the process), <c>Session:Hours</c>.
/// </summary>
internal static class WebSite
{
    public static WebApplication Build(string[] args)
    {
        var builder = WebApplication.CreateBuilder(args);
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        builder.WebHost.UseStaticWebAssets();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        builder.Services.AddRazorComponents();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddHttpContextAccessor();
        builder.Services.AddHealthChecks();
        builder.AddHub();
        builder.AddLanguages();
        builder.AddSessions();
        builder.AddSafety();
        builder.Services.AddSingleton<VerifierFile>();
        if (builder.Configuration["State"] is { Length: > 0 } state)
        {
            builder.Services.AddDataProtection().SetApplicationName("Research.Web").PersistKeysToFileSystem(new DirectoryInfo(Path.Combine(state, "web-keys")));
        }

        var app = builder.Build();
        app.Services.GetRequiredService<VerifierFile>();
        app.UseExceptionHandler("/problem/500", createScopeForErrors: true);
        app.UseStatusCodePagesWithReExecute("/problem/{0}", createScopeForStatusCodePages: true);
        app.Use(ReadProblem);
        app.UseSafety();
        app.UseRouting();
        app.UseAuthentication();
        app.UseAuthorization();
        app.UseAntiforgery();
        app.MapStaticAssets();
        app.MapHealthChecks("/healthz");
        app.MapHealthChecks("/readyz");
        app.MapLanguages();
        app.MapSessions();
        app.MapDownloads();
        app.MapSealedFiles();
        app.MapChecker();
        VerifierFile.Map(app);
        app.MapRazorComponents<App>();
        return app;
    }

    /// <summary>The page of a problem is read, whatever was refused: a form without its token would otherwise be refused there again, as a 500.</summary>
    private static Task ReadProblem(HttpContext context, RequestDelegate next)
    {
        if (context.Features.Get<IStatusCodeReExecuteFeature>() is not null || context.Features.Get<IExceptionHandlerFeature>() is not null)
        {
            context.Request.Method = HttpMethods.Get;
        }

        return next(context);
    }
}
