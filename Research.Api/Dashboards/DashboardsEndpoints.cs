using Microsoft.AspNetCore.Http.HttpResults;
using Research.Api.Accounts;
using Research.Api.Loads;
using Research.Api.Problems;
using Research.Api.Protocol;
using Research.Api.Silos;
using Silos.Ledger.Records;
using Silos.Protocol;

namespace Research.Api.Dashboards;

/// <summary>The hospitals' dashboards, for everybody. The silos compute, charge and log them; we pass on what they say.</summary>
internal static class DashboardsEndpoints
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public static void MapDashboards(this IEndpointRouteBuilder routes)
    {
        routes.MapGet(HubRoutes.Dashboards, ListAsync).Public();
        routes.MapGet(HubRoutes.Dashboards + "/{silo}/{dataset}", OneAsync).Public();
        routes.MapGet(HubRoutes.ConsentFigures, ConsentsAsync).For(Role.Custodian);
    }

    private static async Task<IReadOnlyList<HospitalConsents>> ConsentsAsync(Caller caller, SiloDirectory silos, CancellationToken cancel) =>
        await Task.WhenAll(silos.All.Where(caller.KeepsRecordsOf).Select(async silo =>
        {
            var description = await silos.DescribeAsync(silo, cancel);
            return new HospitalConsents(description?.Register, silos.NameOf(silo), description is null ? null : await FiguresAsync(silo, cancel));
        }));

    /// <returns>Null while the hospital does not answer.</returns>
    private static async Task<IReadOnlyList<ConsentFigures>?> FiguresAsync(SiloClient silo, CancellationToken cancel)
    {
        try
        {
            return await silo.GetAsync<IReadOnlyList<ConsentFigures>>(SiloRoutes.ConsentFigures, cancel);
        }
        catch (SiloUnreachableException)
        {
            return null;
        }
    }

    private static async Task<DashboardList> ListAsync(SiloDirectory silos, CancellationToken cancel)
    {
        var answers = await Task.WhenAll(silos.All.Select(silo => ReadAsync(silos, silo, cancel)));
        return new DashboardList(
            [.. answers.SelectMany(answer => answer.Dashboards ?? [])],
            [.. answers.Where(answer => answer.Dashboards is null).Select(answer => silos.NameOf(answer.Silo))]);
    }

    private static async Task<Results<Ok<HospitalDashboard>, ProblemHttpResult>> OneAsync(string silo, string dataset, SiloDirectory silos, CancellationToken cancel) =>
        !Hash32.TryParse(silo, out var register) || await silos.FindAsync(register, cancel) is not { } found ? Refusal.NotFound("dashboard").ToProblem()
        : (await ReadAsync(silos, found, cancel)).Dashboards is not { } all ? Problem.Of(502, "silo-unreachable", "The silo does not answer; try again later.")
        : all.FirstOrDefault(one => one.Dashboard.Dataset == dataset) is { } dashboard ? TypedResults.Ok(dashboard)
        : Refusal.NotFound("dashboard").ToProblem();

    /// <summary>The silo's dashboards; null while it does not answer.</summary>
    private static async Task<(SiloClient Silo, IReadOnlyList<HospitalDashboard>? Dashboards)> ReadAsync(SiloDirectory silos, SiloClient silo, CancellationToken cancel)
    {
        using var soon = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        soon.CancelAfter(Patience);
        try
        {
            return await silos.DescribeAsync(silo, soon.Token) is { } description
                ? (silo, [.. (await silo.GetAsync<IReadOnlyList<Dashboard>>(SiloRoutes.Dashboards, soon.Token)).Select(one => new HospitalDashboard(description.Register, description.Name, one))])
                : (silo, null);
        }
        catch (Exception bad) when (bad is SiloUnreachableException || (bad is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            return (silo, null);
        }
    }
}
