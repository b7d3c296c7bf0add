using System.Data.Common;
using Silos.Budgets;
using Silos.Extracts;
using Silos.Ledger.Chain;
using Silos.Ledger.Log;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;
using Silos.Permits;
using Silos.Protocol;

namespace Silos.Queries;

/// <summary>An answer that may leave: its final entry, the accounts after it was posted, and what the chain said then.</summary>
public sealed record Settlement(FinalEntry Final, Accounts Accounts, Standing Standing);

/// <summary>
/// Waits until a computed question's entry is final, then posts its reservation; or, when the chain refused the charge, destroys the answer,
/// voids the reservation and enters the denial.
/// </summary>
public sealed class SettleAnswer
{
    private const int MostTogether = 256;
    private readonly Database database;
    private readonly LedgerLog log;
    private readonly ReadStanding standing;
    private readonly DenyQuery denials;
    private readonly Together<StoredQuery, Accounts> together;

    public SettleAnswer(Database database, LedgerLog log, ReadStanding standing, DenyQuery denials, TimeProvider clock)
    {
        (this.database, this.log, this.standing, this.denials) = (database, log, standing, denials);
        together = new Together<StoredQuery, Accounts>(MostTogether, clock, answered => database.WriteAsync(BudgetStore.Writer, transaction => PostAsync(transaction, answered)));
    }

    /// <returns>The final entry when the answer may leave, and the accounts after it; else the refusal.</returns>
    /// <exception cref="OperationCanceledException">The entry did not become final in the caller's time; it will be settled later.</exception>
    public async Task<(Settlement? Settled, Refusal? Refusal)> RunAsync(StoredQuery computed, CancellationToken cancel)
    {
        var final = await log.WhenFinalAsync(computed.Seq!.Value, cancel);
        if (final.Settlement is Settled.Refused refused)
        {
            return (null, await DestroyAsync(computed, refused.Reason, cancel));
        }

        var (permit, budget) = await standing.NowAsync(computed.PermitId, cancel);
        return permit.Status == PermitStatus.Active
            ? (new Settlement(final, await together.AskAsync(computed, cancel), new Standing(permit, budget)), null)
            : (null, await FailAsync(computed, permit.Status, cancel));
    }

    private static async Task<IReadOnlyList<Accounts>> PostAsync(DbTransaction transaction, IReadOnlyList<StoredQuery> answered)
    {
        var accounts = await BudgetStore.ReadAsync(transaction.Connection!, transaction, answered.Select(query => query.PermitId));
        var moved = await QueryStore.AnsweredAsync(transaction, answered);
        foreach (var query in answered.DistinctBy(query => query.Id).Where(query => moved.Contains(query.Id)))
        {
            accounts.Change(query.PermitId, account => account.Post(query.Spending));
        }

        await BudgetStore.SaveAsync(transaction, accounts);
        return [.. answered.Select(_ => accounts)];
    }

    private async Task<Refusal> FailAsync(StoredQuery computed, PermitStatus status, CancellationToken cancel)
    {
        await database.WriteAsync(BudgetStore.Writer, async transaction =>
        {
            var failed = computed with { State = QueryState.Failed, SealedAnswer = null, Openings = null, Reason = $"permit {status}" };
            if (await QueryStore.MoveAsync(transaction, failed, QueryState.Computed))
            {
                await ExtractStore.MoveAsync(transaction, computed.Id, ExtractState.Rejected);
                await BudgetStore.ChangeAsync(transaction, computed.PermitId, account => account.Post(computed.Spending));
            }
        }, cancel);
        return new Refusal(RefusalCode.PermitNotActive, $"permit: is {status.ToString().ToLowerInvariant()} on the chain; the charge stands and the answer was destroyed");
    }

    private async Task<Refusal> DestroyAsync(StoredQuery computed, ChargeRefusal reason, CancellationToken cancel)
    {
        var refusal = new Refusal(RefusalCode.ChargeRefused, $"charge: refused on the chain ({reason}); the answer was destroyed");
        await database.WriteAsync(BudgetStore.Writer, async transaction =>
        {
            var destroyed = computed with { State = QueryState.Refused, SealedAnswer = null, Openings = null, Reason = reason.ToString() };
            if (await QueryStore.MoveAsync(transaction, destroyed, QueryState.Computed))
            {
                await ExtractStore.MoveAsync(transaction, computed.Id, ExtractState.Rejected);
                await BudgetStore.ChangeAsync(transaction, computed.PermitId, account => account.Void(computed.Spending));
                await denials.AppendAsync(transaction, [(new Attempt(Hash32.Parse(computed.Signer), computed.PermitId, computed.Dataset), refusal)]);
            }
        }, cancel);
        return refusal;
    }
}
