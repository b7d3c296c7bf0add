using Silos.Budgets;
using Silos.Ledger.Chain;
using Silos.Ledger.Log;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;
using Silos.Protocol;

namespace Silos.Queries;

/// <summary>
/// Waits until a computed question's entry is final, then posts its reservation; or, when the chain refused the charge, destroys the answer,
/// voids the reservation and enters the denial.
/// </summary>
public sealed class SettleAnswer(Database database, LedgerLog log, ChainClient chain, DenyQuery denials, SiloIdentity silo)
{
    /// <returns>The final entry when the answer may leave; else the refusal.</returns>
    /// <exception cref="OperationCanceledException">The entry did not become final in the caller's time; it will be settled later.</exception>
    public async Task<(FinalEntry? Entry, Refusal? Refusal)> RunAsync(StoredQuery computed, CancellationToken cancel)
    {
        var final = await log.WhenFinalAsync(computed.Seq!.Value, cancel);
        if (final.Settlement is Settled.Refused refused)
        {
            return (null, await DestroyAsync(computed, refused.Reason, cancel));
        }

        var permit = await chain.ReadPermitAsync(computed.PermitId, silo.Register, cancel);
        var next = computed with { State = permit.Status == PermitStatus.Active ? QueryState.Answered : QueryState.Failed };
        if (next.State == QueryState.Failed)
        {
            next = next with { SealedAnswer = null, Openings = null, Reason = $"permit {permit.Status}" };
        }

        await database.WriteAsync(BudgetStore.Writer, async transaction =>
        {
            if (await QueryStore.MoveAsync(transaction, next, QueryState.Computed))
            {
                await BudgetStore.ChangeAsync(transaction, computed.PermitId, account => account.Post(computed.Spending));
            }
        }, cancel);
        return next.State == QueryState.Answered
            ? (final, null)
            : (null, new Refusal(RefusalCode.PermitNotActive, $"permit: is {permit.Status.ToString().ToLowerInvariant()} on the chain; the charge stands and the answer was destroyed"));
    }

    private async Task<Refusal> DestroyAsync(StoredQuery computed, ChargeRefusal reason, CancellationToken cancel)
    {
        var refusal = new Refusal(RefusalCode.ChargeRefused, $"charge: refused on the chain ({reason}); the answer was destroyed");
        await database.WriteAsync(BudgetStore.Writer, async transaction =>
        {
            var destroyed = computed with { State = QueryState.Refused, SealedAnswer = null, Openings = null, Reason = reason.ToString() };
            if (await QueryStore.MoveAsync(transaction, destroyed, QueryState.Computed))
            {
                await BudgetStore.ChangeAsync(transaction, computed.PermitId, account => account.Void(computed.Spending));
                await denials.AppendAsync(transaction, new Attempt(Hash32.Parse(computed.Signer), computed.PermitId, computed.Dataset), refusal);
            }
        }, cancel);
        return refusal;
    }
}
