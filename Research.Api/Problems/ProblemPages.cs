using System.Text.Json;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http.HttpResults;
using Research.Api.Silos;
using Silos.Ledger.Chain;
using Silos.Ledger.Log;

namespace Research.Api.Problems;

/// <summary>Gives every answer without a body, and every exception, the shape of <see cref="Problem"/>.</summary>
internal static class ProblemPages
{
    public static void UseProblems(this WebApplication app)
    {
        app.UseExceptionHandler(new ExceptionHandlerOptions
        {
            SuppressDiagnosticsCallback = context => context.Exception is BadHttpRequestException or LedgerUnavailableException or SiloUnreachableException,
            ExceptionHandler = async context =>
            {
                var thrown = context.Features.Get<IExceptionHandlerFeature>()!.Error;
                await OfException(thrown, context).ExecuteAsync(context);
            },
        });
        app.UseStatusCodePages(pages => Problem.OfStatus(pages.HttpContext.Response.StatusCode, pages.HttpContext.Request).ExecuteAsync(pages.HttpContext));
    }

    private static ProblemHttpResult OfException(Exception thrown, HttpContext context) => thrown switch
    {
        BadHttpRequestException { InnerException: JsonException bad } => Problem.Of(400, "bad-json", Shorten(bad.Message)),
        BadHttpRequestException { StatusCode: 400 } bad => Problem.Of(400, "bad-request", Shorten(bad.Message)),
        BadHttpRequestException bad => Problem.OfStatus(bad.StatusCode, context.Request),
        LedgerHaltedException or WrongLedgerException => Problem.Of(503, "ledger-halted", "The ledger needs a person; nothing was done."),
        LedgerUnavailableException => Problem.Of(503, "ledger-unavailable", "The ledger does not answer; nothing was done. Try again later."),
        SiloUnreachableException bad => Problem.Of(502, "silo-unreachable", bad.Message),
        _ => Problem.OfStatus(500, context.Request),
    };

    private static string Shorten(string text) => text.Length > 300 ? text[..300] : text;
}
