using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace EndToEnd.Tests;

/// <summary>A collector of OTLP over HTTP that keeps every byte.</summary>
internal sealed class Collector : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly SemaphoreSlim arrivals = new(0);

    private Collector(WebApplication app) => this.app = app;

    /// <summary>Bodies as they came, by path: protocol buffers, in which texts stand as they are.</summary>
    public ConcurrentQueue<(string Path, byte[] Body)> Received { get; } = new();

    public IReadOnlyList<(string, string?)> HubSettings => [("Telemetry:Otlp", app.Urls.First()), ("OTEL_BSP_SCHEDULE_DELAY", "500"), ("OTEL_METRIC_EXPORT_INTERVAL", "1000")];

    public static async Task<Collector> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var collector = new Collector(builder.Build());
        collector.app.MapPost("/{**path}", async (HttpRequest request) =>
        {
            using var body = new MemoryStream();
            await request.Body.CopyToAsync(body);
            collector.Received.Enqueue((request.Path, body.ToArray()));
            collector.arrivals.Release();
            return Results.Bytes([], "application/x-protobuf");
        });
        await collector.app.StartAsync();
        return collector;
    }

    /// <summary>Waits until a body at this path holds this text.</summary>
    /// <exception cref="Story.StoryException">None came in a hundred others; the message says what did.</exception>
    public async Task ReceivedAsync(string path, string text, CancellationToken cancel)
    {
        while (arrivals.Wait(0, cancel))
        {
        }

        for (var waited = 0; !Received.Any(one => one.Path == path && Holds(one.Body, text)); waited++)
        {
            await arrivals.WaitAsync(cancel);
            if (waited == 100)
            {
                throw new Story.StoryException($"'{text}' did not come to {path}; came: {string.Join(", ", Received.Select(one => FormattableString.Invariant($"{one.Path} {one.Body.Length}")).Distinct().Take(20))}");
            }
        }
    }

    public static bool Holds(byte[] body, string text) => body.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) >= 0;

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        arrivals.Dispose();
    }
}
