using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Research.Api.Accounts;
using Research.Api.Outbox;
using Research.Api.Protocol;
using Silos.Ledger.Log;

namespace Research.Api.Telemetry;

/// <summary>Metrics for whoever scrapes <see cref="HubRoutes.Metrics"/>, and, where <c>Telemetry:Otlp</c> names a collector, metrics and traces sent there (OTLP over HTTP).</summary>
internal static class TelemetrySetup
{
    /// <summary>How often must a message have failed to be stuck?</summary>
    public const int StuckAfter = 5;

    public static void AddTelemetry(this WebApplicationBuilder builder)
    {
        var collector = builder.Configuration["Telemetry:Otlp"];
        var url = collector is not { Length: > 0 } ? null
            : Uri.TryCreate(collector, UriKind.Absolute, out var there) && there.Scheme is "http" or "https" ? there
            : throw new InvalidOperationException($"configuration: Telemetry:Otlp is '{collector}'; allowed is an http or https address");
        builder.Services.AddSingleton<HubMeasures>();
        builder.Services.AddSingleton<PrometheusText>();
        builder.Services.AddSingleton(provider => Metrics(provider.GetRequiredService<PrometheusText>(), url));
        if (url is not null)
        {
            builder.Services.AddSingleton(_ => Sdk.CreateTracerProviderBuilder().SetResourceBuilder(Resource).AddSource(HubMeasures.Name).SetSampler(new AlwaysOnSampler()).AddOtlpExporter(options => Aim(options, url, "v1/traces")).Build());
        }
    }

    public static void MapTelemetry(this WebApplication app)
    {
        app.MapGet(HubRoutes.Metrics, (PrometheusText page) => Results.Text(page.Read(), "text/plain; version=0.0.4")).For(Role.Operator).Produces<string>(200, "text/plain");
        var measures = app.Services.GetRequiredService<HubMeasures>();
        var log = app.Services.GetRequiredService<LedgerLog>();
        var outbox = app.Services.GetRequiredService<OutboxStore>();
        measures.Watch("hub_ledger_halted", "1 while the hub's log needs a person.", () => log.Health.Halted ? 1 : 0);
        measures.Watch("hub_ledger_troubled", "1 while the hub's log waits for the ledger.", () => log.Health.Trouble is null ? 0 : 1);
        measures.Watch("hub_outbox_stuck", $"Messages of the outbox that failed {StuckAfter} times or more.", () => outbox.StuckAsync(StuckAfter).GetAwaiter().GetResult().Count);
        app.Services.GetRequiredService<MeterProvider>();
        app.Services.GetService<TracerProvider>();
    }

    /// <summary>Who sends: the program, never its machine, process or user.</summary>
    private static ResourceBuilder Resource { get; } = ResourceBuilder.CreateEmpty().AddService("research-hub", autoGenerateServiceInstanceId: false);

    private static MeterProvider Metrics(PrometheusText page, Uri? collector)
    {
        var metrics = Sdk.CreateMeterProviderBuilder().SetResourceBuilder(Resource).AddMeter(HubMeasures.Name).AddReader(page.Reader);
        return (collector is null ? metrics : metrics.AddOtlpExporter(options => Aim(options, collector, "v1/metrics"))).Build();
    }

    private static void Aim(OtlpExporterOptions options, Uri collector, string path)
    {
        options.Protocol = OtlpExportProtocol.HttpProtobuf;
        options.Endpoint = new Uri(collector.ToString().TrimEnd('/') + "/" + path);
    }
}
