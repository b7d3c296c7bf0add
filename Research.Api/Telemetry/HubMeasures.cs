using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Research.Api.Telemetry;

/// <summary>
/// What the hub measures and traces. Every label comes from a short list that is known beforehand (route templates, methods, statuses,
/// kinds of work), so that no person, project or hospital is in it, and nothing counts patients.
/// </summary>
internal sealed class HubMeasures : IDisposable
{
    /// <summary>Name of the meter and of the source of traces.</summary>
    public const string Name = "ResearchHub.Api";

    private static readonly string[] Methods = ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS"];

    private readonly Meter meter = new(Name);
    private readonly Histogram<double> requests;
    private readonly Counter<long> delivered;

    public HubMeasures()
    {
        requests = meter.CreateHistogram("hub_request_duration_seconds", "s", "Time of a request, by route template, method and status.", null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.005, 0.025, 0.1, 0.5, 1, 2.5, 10] });
        delivered = meter.CreateCounter<long>("hub_outbox_attempts_total", null, "Attempts of the outbox, by kind and outcome.");
    }

    public static ActivitySource Traces { get; } = new(Name);

    /// <summary>A method as a label: one of the known ones, or <c>other</c>.</summary>
    public static string Method(string method) => Methods.Contains(method) ? method : "other";

    public void Request(string route, string method, int status, TimeSpan took) =>
        requests.Record(took.TotalSeconds, new("route", route), new("method", method), new("status", status));

    public void Delivered(string kind, bool done) => delivered.Add(1, new("kind", kind), new("outcome", done ? "done" : "failed"));

    /// <summary>A value that is asked for whenever somebody looks.</summary>
    public void Watch(string name, string what, Func<long> value) => meter.CreateObservableGauge(name, value, null, what);

    public void Dispose() => meter.Dispose();
}
