using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Research.Api.Accounts;
using Research.Api.Problems;
using Research.Api.Protocol;
using Silos.Ledger.Chain;
using Silos.Ledger.Records;

namespace Research.Api.Permits;

/// <summary>Permits and their state on the chain.</summary>
internal static class PermitsEndpoints
{
    private static readonly string[] Readers =
        [Role.Researcher, Role.CommitteeMember, Role.Chair, Role.OutputChecker, Role.Custodian, Role.Auditor];

    public static void MapPermits(this IEndpointRouteBuilder routes)
    {
        routes.MapGet(HubRoutes.Permits, ListAsync).For(Readers);
        routes.MapGet(HubRoutes.Permits + "/{id}", OneAsync).For(Readers);
    }

    private static async Task<IReadOnlyList<PermitView>> ListAsync(Caller caller, PermitStore permits, ChainClient chain, CancellationToken cancel)
    {
        List<PermitView> shown = [];
        foreach (var permit in await permits.ListAsync(caller))
        {
            shown.Add(await ShowAsync(permit, permits, chain, cancel));
        }

        return shown;
    }

    private static async Task<Results<Ok<PermitView>, ProblemHttpResult>> OneAsync(string id, Caller caller, PermitStore permits, ChainClient chain, CancellationToken cancel) =>
        (await permits.ListAsync(caller)).FirstOrDefault(permit => permit.Id == id) is { } permit
            ? TypedResults.Ok(await ShowAsync(permit, permits, chain, cancel))
            : Refusal.NotFound("permit").ToProblem();

    private static async Task<PermitView> ShowAsync(IssuedPermit issued, PermitStore permits, ChainClient chain, CancellationToken cancel)
    {
        using var document = JsonDocument.Parse(issued.Document);
        var permit = JsonSerializer.Deserialize<Permit>(issued.Document, CanonicalJson.Options)!;
        var state = "unknown";
        List<RegisterSpent> spent = [];
        try
        {
            foreach (var cap in permit.Caps)
            {
                var there = await chain.ReadPermitAsync(permit.Id(), cap.Register, cancel);
                state = there.Status == PermitStatus.None ? "unknown" : there.Status.ToString().ToLowerInvariant();
                spent.Add(new RegisterSpent(cap.Register.ToString(), Write(there.Cap.Rho), Write(there.Cap.Delta), (int)there.Cap.Files, Write(there.Spent.Rho), Write(there.Spent.Delta), (int)there.Spent.Files));
            }
        }
        catch (LedgerUnavailableException)
        {
            spent.Clear();
        }

        return new PermitView(issued.Id, state, issued.Application, issued.Title, document.RootElement.Clone(), await permits.DeliveredAsync(issued.Id), spent);
    }

    private static string Write(ulong amount) => amount.ToString(CultureInfo.InvariantCulture);
}
