using System.Data.Common;
using System.Text.Json;
using Research.Api.Accounts;
using Research.Api.Applications;
using Research.Api.Payments;
using Research.Api.Permits;
using Research.Api.Problems;
using Research.Api.Protocol;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;

namespace Research.Api.Queries;

/// <summary>The hub's own door before a silo, for queries and extracts alike: who works under the permit today, and whether its invoice is paid.</summary>
internal sealed class Gate
{
    private const int MostTogether = 256;
    private readonly PaymentOptions prices;
    private readonly TimeProvider clock;
    private readonly Together<string, Work?> together;

    public Gate(Database database, PaymentOptions prices, TimeProvider clock)
    {
        (this.prices, this.clock) = (prices, clock);
        together = new(MostTogether, clock, permits => database.ReadAsync(connection => FindAsync(connection, permits)));
    }

    /// <summary>What a passed gate knows.</summary>
    internal sealed record Passed(RelayQuery.Named Named, Application Application);

    /// <summary>What the hub keeps of a permit.</summary>
    /// <param name="Paid">Also where there is nothing to pay.</param>
    private sealed record Work(Permit Permit, Application Application, bool Paid);

    public async Task<Outcome<Passed>> PassAsync(QueryRelay query, Caller caller)
    {
        var read = RelayQuery.Read(query.Signed);
        if (read.Refused is not null)
        {
            return read.Refused;
        }

        var named = read.Value!;
        if ((query.Permit is not null && query.Permit != named.Permit.ToString()) || (query.Fresh is not null && query.Fresh != named.Fresh))
        {
            return Refusal.Invalid("permit, fresh: must equal what was signed.");
        }

        var work = await together.AskAsync(named.Permit.ToString());
        if (RelayQuery.Decide(named, work?.Permit, work?.Application, caller, clock.GetUtcNow()) is { } refused)
        {
            return refused;
        }

        return work!.Paid ? new Passed(named, work.Application) : new Refusal("payment-required", 402, "The invoice of this application is not paid.");
    }

    /// <summary>Reads what all who ask together need at once; the reading begins after each of them asked.</summary>
    private async Task<IReadOnlyList<Work?>> FindAsync(DbConnection connection, IReadOnlyList<string> ids)
    {
        var permits = await PermitStore.FindAsync(connection, ids);
        var applications = await ApplicationStore.FindAsync(connection, permits.Values.Select(permit => permit.Application));
        var paid = prices.AnythingToPay ? await PaymentStore.PaidAsync(connection, applications.Keys) : applications.Keys.ToHashSet();
        var found = permits.Values.ToDictionary(permit => permit.Id, permit => new Work(
            JsonSerializer.Deserialize<Permit>(permit.Document, CanonicalJson.Options)!, applications[permit.Application], paid.Contains(permit.Application)));
        return [.. ids.Select(found.GetValueOrDefault)];
    }
}
