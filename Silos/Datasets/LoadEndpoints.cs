using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Hosting;
using Silos.Ingestion;
using Silos.Ingestion.Quality;
using Silos.Protocol;

namespace Silos.Datasets;

/// <summary>Loads and their quality reports, for the hospital's own officers: they hold exact counts.</summary>
public static class LoadEndpoints
{
    public static void MapLoadEndpoints(this IEndpointRouteBuilder routes)
    {
        routes.MapGet(SiloRoutes.Loads, (LoadJobs jobs) => jobs.All).AddEndpointFilter<OfficerOnly>();
        routes.MapPost(SiloRoutes.Loads, StartAsync).AddEndpointFilter<OfficerOnly>();
        routes.MapGet(SiloRoutes.Datasets + "/{name}/quality", async (string name, DatasetStore store, CancellationToken cancel) =>
            await store.NewestVersionAsync(name, cancel) is { } version ? Results.Text(version.Report, "application/json") : Unknown(name)).AddEndpointFilter<OfficerOnly>();
        routes.MapGet(SiloRoutes.Datasets + "/{name}/quality.html", async (string name, DatasetStore store, CancellationToken cancel) =>
            await store.NewestVersionAsync(name, cancel) is { } version
                ? Results.Text(QualityPage.Of($"{name}, version {version.Version}", JsonSerializer.Deserialize<LoadReport>(version.Report, JsonSerializerOptions.Web)!), "text/html; charset=utf-8")
                : Unknown(name)).AddEndpointFilter<OfficerOnly>();
    }

    /// <summary>Answers 202 as soon as folder and definition are there; the load goes on, and GET says how far it is.</summary>
    private static async Task<IResult> StartAsync(LoadRequest request, LoadJobs jobs, DatasetStore store, IHostApplicationLifetime life, ILogger<LoadJobs> logger, CancellationToken cancel)
    {
        if (!Directory.Exists(request.Folder))
        {
            return Problems.Refusal(RefusalCode.BadRequest, $"folder: '{request.Folder}' is not there");
        }

        DateOnly? day = null;
        if (request.ReferenceDate is { } written)
        {
            if (!DateOnly.TryParseExact(written, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var read))
            {
                return Problems.Refusal(RefusalCode.BadRequest, $"referenceDate: '{written}' is no day; allowed is yyyy-MM-dd");
            }

            day = read;
        }

        var text = request.Definition is { } file
            ? File.Exists(file) ? await File.ReadAllTextAsync(file, cancel) : null
            : request.Dataset is { } name ? (await store.FindAsync(name, cancel))?.Definition : null;
        if (text is null)
        {
            return Problems.Refusal(RefusalCode.BadRequest, "definition: name a definition file that is there, or a registered dataset");
        }

        var running = jobs.RunAsync(request.Folder, text, Path.GetDirectoryName(request.Definition), day, life.ApplicationStopping);
        if (running.IsFaulted && running.Exception.InnerException is InvalidDataException wrong)
        {
            return Problems.Refusal(RefusalCode.BadRequest, wrong.Message);
        }

        _ = running.ContinueWith(ended => logger.LogError(ended.Exception, "A load ended"), CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        return Results.Accepted(SiloRoutes.Loads);
    }

    private static IResult Unknown(string name) => Problems.Refusal(RefusalCode.UnknownDataset, $"dataset: '{name}' is not here");
}
