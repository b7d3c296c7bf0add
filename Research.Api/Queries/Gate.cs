using Research.Api.Accounts;
using Research.Api.Applications;
using Research.Api.Payments;
using Research.Api.Permits;
using Research.Api.Problems;
using Research.Api.Protocol;

namespace Research.Api.Queries;

/// <summary>The hub's own door before a silo, for queries and extracts alike: who works under the permit today, and whether its invoice is paid.</summary>
internal sealed class Gate(PermitStore permits, ApplicationStore applications, PaymentStore payments, PaymentOptions prices, TimeProvider clock)
{
    /// <summary>What a passed gate knows.</summary>
    internal sealed record Passed(RelayQuery.Named Named, Application Application);

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

        var issued = await permits.FindAsync(named.Permit.ToString());
        var application = issued is null ? null : await applications.FindAsync(issued.Application);
        if (RelayQuery.Decide(named, issued, application, caller, clock.GetUtcNow()) is { } refused)
        {
            return refused;
        }

        return prices.AnythingToPay && await payments.OfApplicationAsync(application!.Id) is not { Standing: InvoiceState.Paid }
            ? new Refusal("payment-required", 402, "The invoice of this application is not paid.")
            : new Passed(named, application!);
    }
}
