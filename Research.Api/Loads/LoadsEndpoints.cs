using System.Text.Json;
using Research.Api.Accounts;
using Research.Api.Problems;
using Research.Api.Protocol;
using Research.Api.Queries;
using Research.Api.Silos;
using Silos.Ledger.Chain;
using Silos.Protocol;

namespace Research.Api.Loads;

/// <summary>
/// A hospital's loads, for its own custodians: how far each is, and their officers' signed requests on the way to the silo. The hub knows neither
/// folders nor what was read; quality reports pass it sealed (<c>Silos/Datasets/Decisions/001-quality-reports-leave-sealed.md</c>).
/// </summary>
internal static class LoadsEndpoints
{
    public static void MapLoads(this IEndpointRouteBuilder routes)
    {
        routes.MapGet(HubRoutes.Loads, ShowAsync).For(Role.Custodian);
        routes.MapPost(HubRoutes.OfficerRequests, RelayAsync).For(Role.Custodian).Produces<JsonElement>();
    }

    private static async Task<LoadsView> ShowAsync(Caller caller, SiloDirectory silos, ChainClient chain, CancellationToken cancel)
    {
        List<HospitalLoads> hospitals = [];
        foreach (var silo in silos.All.Where(caller.KeepsRecordsOf))
        {
            var description = await silos.DescribeAsync(silo, cancel);
            hospitals.Add(new HospitalLoads(description?.Register, silos.NameOf(silo), description is null ? null : await LoadsAsync(silo, cancel)));
        }

        return new LoadsView(hospitals, chain.Deployment.ChainId, chain.Deployment.Deployed.Contract);
    }

    /// <returns>Null while the hospital does not answer.</returns>
    private static async Task<IReadOnlyList<LoadView>?> LoadsAsync(SiloClient silo, CancellationToken cancel)
    {
        try
        {
            return [.. (await silo.GetAsync<IReadOnlyList<LoadStanding>>(SiloRoutes.Loads + "/standing", cancel)).Select(load => new LoadView(load.Id, load.Dataset, load.State, load.Percent, load.Version, load.Begun))];
        }
        catch (SiloUnreachableException)
        {
            return null;
        }
    }

    /// <summary>Passes a request on to the caller's own hospital; its signature is the silo's to check.</summary>
    private static async Task<IResult> RelayAsync(OfficerRelay relay, Caller caller, SiloDirectory silos, CancellationToken cancel)
    {
        foreach (var silo in silos.All.Where(caller.KeepsRecordsOf))
        {
            if ((await silos.DescribeAsync(silo, cancel))?.Register == relay.Silo)
            {
                return QueriesEndpoints.Relay(await silo.PostAsync(SiloRoutes.OfficerRequests, new OfficerSubmission(relay.Request), cancel));
            }
        }

        return Refusal.Forbidden("This is not your own hospital, or it does not answer.").ToProblem();
    }
}
