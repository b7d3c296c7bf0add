using System.Diagnostics;

namespace Research.Api.Telemetry;

/// <summary>Times and traces each request under its route's template, never under its path: ids are not for the telemetry.</summary>
internal sealed class MeasureRequests(RequestDelegate next, HubMeasures measures, TimeProvider clock)
{
    public async Task InvokeAsync(HttpContext context)
    {
        var route = (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText is { } template ? "/" + template.TrimStart('/') : "none";
        var method = HubMeasures.Method(context.Request.Method);
        var began = clock.GetTimestamp();
        using var span = HubMeasures.Traces.StartActivity($"{method} {route}", ActivityKind.Server);
        var status = 500;
        try
        {
            await next(context);
            status = context.Response.StatusCode;
        }
        finally
        {
            measures.Request(route, method, status, clock.GetElapsedTime(began));
            span?.SetTag("http.route", route).SetTag("http.request.method", method).SetTag("http.response.status_code", status);
            span?.TraceStateString = null;
        }
    }
}
