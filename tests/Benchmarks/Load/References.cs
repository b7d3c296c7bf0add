using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using Story;

namespace Benchmarks.Load;

/// <summary>What the machine does at most, in the same run: an endpoint that answers fixed bytes to the same callers, and a one-row commit.</summary>
internal static class References
{
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(5);

    public static async Task<Driven> EndpointAsync(int callers, byte[] body)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        await using var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        var answer = new byte[3000];
        app.MapPost("/", async context =>
        {
            await context.Request.Body.CopyToAsync(Stream.Null);
            await context.Response.Body.WriteAsync(answer);
        });
        await app.StartAsync();
        var to = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        var driven = await Drive.RunAsync(callers, Length, _ => (to, null, body));
        await app.StopAsync();
        return driven;
    }

    /// <summary>Commits a second of one row each, by one connection after the other and by sixteen at once.</summary>
    public static async Task<(double One, double Sixteen)> CommitsAsync(PostgresServer postgres)
    {
        var connectionString = await postgres.DatabaseAsync("reference");
        await using var source = NpgsqlDataSource.Create(connectionString);
        await using (var make = source.CreateCommand("CREATE TABLE IF NOT EXISTS rows (id BIGINT GENERATED ALWAYS AS IDENTITY, body TEXT NOT NULL)"))
        {
            await make.ExecuteNonQueryAsync();
        }

        return (await CommitsAsync(source, 1), await CommitsAsync(source, 16));
    }

    private static async Task<double> CommitsAsync(NpgsqlDataSource source, int connections)
    {
        var (started, committed) = (Stopwatch.GetTimestamp(), 0L);
        await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => Task.Run(async () =>
        {
            await using var connection = await source.OpenConnectionAsync();
            await using var insert = new NpgsqlCommand("INSERT INTO rows (body) VALUES ('a row of some length, as an entry might be')", connection);
            await insert.PrepareAsync();
            while (Stopwatch.GetElapsedTime(started) < Length)
            {
                await insert.ExecuteNonQueryAsync();
                Interlocked.Increment(ref committed);
            }
        })));
        return committed / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }
}
