using Microsoft.Extensions.Options;
using Silos.Datasets;
using Silos.Protocol;

namespace Silos;

/// <summary>How this process ends.</summary>
public sealed class DrainOptions
{
    /// <summary>For how long does it answer on after SIGTERM, while <c>/readyz</c> already says no, so that nobody sends it more? 0 to 1 minute; 0 by default, with which a request that crosses the end is lost to its caller.</summary>
    public TimeSpan Notice { get; init; }
}

/// <summary>Ends this process without an error to a caller: it is not ready at once, takes no more questions, and when the notice is over finishes what is under way.</summary>
public sealed class Drain(IOptions<DrainOptions> options, TimeProvider clock) : IHostedLifecycleService
{
    public Task StoppingAsync(CancellationToken cancellationToken) => Task.Delay(options.Value.Notice, clock, cancellationToken);

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

/// <summary>While the process ends, each answer is the last on its connection: nobody sends a request into a connection that is about to be closed (RFC 9112, section 9.6).</summary>
public sealed class LastAnswers(RequestDelegate next, IHostApplicationLifetime life)
{
    public Task InvokeAsync(HttpContext context)
    {
        if (life.ApplicationStopping.IsCancellationRequested)
        {
            context.Response.Headers.Connection = "close";
        }

        return next(context);
    }
}

/// <summary>Refuses questions while the datasets are being opened or the process ends, before anything of them is decided: whoever knows another process of the register asks that.</summary>
public sealed class WhenReady(RequestDelegate next, Readiness readiness, IHostApplicationLifetime life)
{
    private static readonly string[] Questions = [SiloRoutes.Queries, SiloRoutes.Feasibility, SiloRoutes.Extracts];

    public Task InvokeAsync(HttpContext context) => HttpMethods.IsPost(context.Request.Method) && Questions.Any(route => context.Request.Path.StartsWithSegments(route)) && Waiting is { } waiting
        ? Problems.Refusal(RefusalCode.NotReady, waiting).ExecuteAsync(context)
        : next(context);

    private string? Waiting => life.ApplicationStopping.IsCancellationRequested ? "this process is ending" : readiness.Waiting;
}
