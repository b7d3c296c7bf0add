using System.Text.Json;
using Silos.Consents;
using Silos.Ingestion;
using Silos.Ingestion.Quality;
using Silos.Protocol;
using Silos.Queries;

namespace Silos.Datasets;

/// <summary>Loads and their quality reports, for the hospital's own officers: they hold exact counts. Through a hub they come for an officer's signature, sealed (<c>Decisions/001-quality-reports-leave-sealed.md</c>).</summary>
public static class LoadEndpoints
{
    public static void MapLoadEndpoints(this IEndpointRouteBuilder routes)
    {
        routes.MapGet(SiloRoutes.Loads, (LoadJobs jobs) => jobs.All).AddEndpointFilter<OfficerOnly>();
        routes.MapGet(SiloRoutes.Loads + "/standing", (LoadJobs jobs) => jobs.Standings).AddEndpointFilter<VouchedOnly>();
        routes.MapPost(SiloRoutes.Loads, async (LoadRequest request, StartLoad start, CancellationToken cancel) =>
            await start.RunAsync(request, cancel) is { } fault ? Problems.Refusal(RefusalCode.BadRequest, fault) : Results.Accepted(SiloRoutes.Loads)).AddEndpointFilter<OfficerOnly>();
        routes.MapPost(SiloRoutes.OfficerRequests, async (OfficerSubmission submission, AnswerOfficer answer, CancellationToken cancel) =>
        {
            var (done, fault) = ConsentEndpoints.Read(submission.Request, "request", out var unread) is { } request ? await answer.RunAsync(request, cancel) : (null, new Refusal(RefusalCode.BadRequest, unread!));
            return fault is null ? Results.Ok(done) : Problems.Refusal(fault.Code, fault.Detail);
        });
        routes.MapGet(SiloRoutes.Datasets + "/{name}/quality", async (string name, DatasetStore store, CancellationToken cancel) =>
            await store.NewestVersionAsync(name, cancel) is { Report.Length: > 0 } version ? Results.Text(version.Report, "application/json") : Unknown(name)).AddEndpointFilter<OfficerOnly>();
        routes.MapGet(SiloRoutes.Datasets + "/{name}/quality.html", async (string name, DatasetStore store, CancellationToken cancel) =>
            await store.NewestVersionAsync(name, cancel) is { Report.Length: > 0 } version
                ? Results.Text(QualityPage.Of($"{name}, version {version.Version}", JsonSerializer.Deserialize<LoadReport>(version.Report, JsonSerializerOptions.Web)!), "text/html; charset=utf-8")
                : Unknown(name)).AddEndpointFilter<OfficerOnly>();
    }

    private static IResult Unknown(string name) => Problems.Refusal(RefusalCode.UnknownDataset, $"dataset: '{name}' is not here");
}
