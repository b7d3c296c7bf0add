using System.Text;
using System.Text.Json;
using Anonymizer.DifferentialPrivacy;
using Anonymizer.DifferentialPrivacy.Queries;
using Silos.Budgets;
using Silos.Datasets;
using Silos.Extracts;
using Silos.Ingestion.Cohorts;
using Silos.Ledger.Chain;
using Silos.Ledger.Records;
using Silos.Permits;
using Silos.Protocol;

namespace Silos.Queries;

/// <summary>A question that may be asked: everything that the decision to reserve for it needs.</summary>
/// <param name="Charge">What it costs: the same number that the preview shows.</param>
/// <param name="OnChain">The permit's state, cap and spending at this register.</param>
/// <param name="Budget">The register's limit and spending on the chain.</param>
public sealed record AdmittedQuery(
    CheckedQuery Query, Permit Permit, OpenedDataset Dataset, Hash32 QueryHash, string QueryText, Spending Charge, PermitState OnChain, RegisterBudget Budget);

/// <summary>Everything that must hold before a question is reserved for, apart from budgets: permit on the chain, dataset whole, query well formed and within the floors.</summary>
public sealed class AdmitQuery(SiloIdentity silo, PermitStore permits, DatasetShelf shelf, ReadStanding standing, PriceQuery price, TimeProvider clock)
{
    /// <exception cref="LedgerUnavailableException">The chain does not answer.</exception>
    public async Task<(AdmittedQuery? Query, Refusal? Refusal)> DecideAsync(CheckedQuery query, JsonElement ask, CancellationToken cancel)
    {
        var body = query.Body;
        var permit = await permits.FindAsync(body.Permit, cancel);
        if (permit is null)
        {
            return (null, new Refusal(RefusalCode.UnknownPermit, $"permit: '{body.Permit}' was not delivered to this silo", OfStranger: true));
        }

        var (onChain, budget) = await standing.NowAsync(body.Permit, cancel);
        if (CheckPermit.Refusal(permit, onChain, query.Person, silo.Register, body.Dataset, body.Output, clock.GetUtcNow()) is { } refused)
        {
            return (null, new Refusal(refused.Code, refused.Detail, OfStranger: !permit.Names(query.Person)));
        }

        if (shelf.Find(body.Dataset, out var fault) is not { } dataset)
        {
            return (null, Missing(body.Dataset, fault));
        }

        if (dataset.Resident?.IsStale(clock.GetUtcNow()) == true)
        {
            return Refuse(RefusalCode.NotReady, $"dataset: the table of '{body.Dataset}' was not verified within the time that the hospital allows; nothing is answered from it until it is");
        }

        return body.Output == SignedQuery.File ? ForFile(query, permit, dataset, ask, onChain, budget) : Priced(query, permit, dataset, ask, onChain, budget);
    }

    /// <summary>The refusal for a dataset that is not on the shelf, with the fault for which it was closed, if it was.</summary>
    public static Refusal Missing(string dataset, string? fault) => fault is null or DatasetShelf.Erased
        ? new Refusal(RefusalCode.UnknownDataset, $"dataset: '{dataset}' is not offered here")
        : new Refusal(RefusalCode.Tampered, $"dataset: '{dataset}' differs from what was anchored and is closed");

    private (AdmittedQuery?, Refusal?) Priced(
        CheckedQuery query, Permit permit, OpenedDataset dataset, JsonElement ask, PermitState onChain, RegisterBudget budget)
    {
        try
        {
            var parsed = CohortQuery.Parse(ask, dataset.Schema, dataset.Definition);
            var canonical = parsed.Canonical();
            if (Hash32.Of(canonical) != query.Body.QueryHash)
            {
                return (null, new Refusal(
                    RefusalCode.BadSignature, "signed.queryHash: is not the hash of this query's canonical form: the query was altered after it was signed", OfStranger: true));
            }

            var (loss, floor) = (Pricing.Charge(parsed.Query, dataset.Schema), dataset.Definition.Policy.RhoPerQuery);
            return loss.Rho > floor
                ? Refuse(RefusalCode.OverQueryFloor, $"loss: costs {loss.Rho} nano-rho; allowed is at most {floor} a query")
                : (new AdmittedQuery(query, permit, dataset, query.Body.QueryHash, Encoding.UTF8.GetString(canonical), new Spending(price(query.Body, parsed.Query), 0), onChain, budget), null);
        }
        catch (InputException bad)
        {
            return Refuse(RefusalCode.BadQuery, bad.Message);
        }
    }

    /// <summary>A plain k-anonymous file has no finite privacy loss: it charges none, and uses up one of the register's and the permit's files.</summary>
    private static (AdmittedQuery?, Refusal?) ForFile(
        CheckedQuery query, Permit permit, OpenedDataset dataset, JsonElement ask, PermitState onChain, RegisterBudget budget)
    {
        var (request, fault) = ExtractRequest.Read(ask, dataset.Definition);
        if (request is null)
        {
            return Refuse(RefusalCode.BadQuery, fault!);
        }

        var canonical = request.Canonical();
        return Hash32.Of(canonical) == query.Body.QueryHash
            ? (new AdmittedQuery(query, permit, dataset, query.Body.QueryHash, Encoding.UTF8.GetString(canonical), new Spending(PrivacyLoss.Zero, 1), onChain, budget), null)
            : (null, new Refusal(RefusalCode.BadSignature, "signed.queryHash: is not the hash of this request's canonical form", OfStranger: true));
    }

    private static (AdmittedQuery?, Refusal?) Refuse(string code, string detail) => (null, new Refusal(code, detail));
}
