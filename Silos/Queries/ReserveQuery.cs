using Anonymizer.DifferentialPrivacy;
using Silos.Budgets;
using Silos.Ledger.Chain;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;
using Silos.Protocol;

namespace Silos.Queries;

/// <summary>Reserve: one locked, durable step against the register's budget and the permit's cap, which also uses up the nonce and takes the seed.</summary>
public sealed class ReserveQuery(Database database, SeedPool seeds, TimeProvider clock)
{
    public async Task<(StoredQuery? Reserved, Refusal? Refusal)> DecideAsync(AdmittedQuery admitted, CancellationToken cancel)
    {
        var decided = await TryAsync(admitted, cancel);
        if (decided is { Reserved: null, Refusal: null })
        {
            await seeds.FillAsync(cancel);
            decided = await TryAsync(admitted, cancel);
        }

        return decided is { Reserved: null, Refusal: null }
            ? (null, new Refusal(RefusalCode.NotReady, "seeds: no committed seed is ready yet; ask again"))
            : decided;
    }

    /// <returns>Neither reservation nor refusal when no seed is ready.</returns>
    private Task<(StoredQuery? Reserved, Refusal? Refusal)> TryAsync(AdmittedQuery admitted, CancellationToken cancel) =>
        database.WriteAsync<(StoredQuery?, Refusal?)>(BudgetStore.Writer, async transaction =>
        {
            var query = admitted.Query;
            var register = await BudgetStore.ReadAsync(transaction.Connection!, transaction, BudgetStore.Register);
            if (!register.Admits(admitted.Charge, Of(admitted.Budget.Limit), Of(admitted.Budget.Spent)))
            {
                return (null, new Refusal(RefusalCode.OverRegisterBudget, "loss: the register's privacy budget does not hold so much; a smaller loss may still fit"));
            }

            var permit = await BudgetStore.ReadAsync(transaction.Connection!, transaction, BudgetStore.Of(query.Body.Permit));
            if (!permit.Admits(admitted.Charge, Of(admitted.OnChain.Cap), Of(admitted.OnChain.Spent)))
            {
                return (null, new Refusal(RefusalCode.OverPermitCap, "loss: the permit's cap at this silo does not hold so much; a smaller loss may still fit"));
            }

            var seed = await SeedPool.TakeAsync(transaction, query.Id.ToString());
            if (seed is null)
            {
                return (null, null);
            }

            if (!await QueryStore.UseNonceAsync(transaction, query.Signer, query.Body.Nonce))
            {
                throw new NonceUsedException();
            }

            var reserved = Row(admitted, seed);
            await QueryStore.InsertAsync(transaction, reserved);
            await BudgetStore.ChangeAsync(transaction, query.Body.Permit, account => account.Reserve(admitted.Charge));
            return (reserved, null);
        }, cancel);

    /// <summary>The question as it would be stored.</summary>
    public StoredQuery Row(AdmittedQuery admitted, string seed) => new()
    {
        Id = admitted.Query.Id.ToString(),
        Signer = admitted.Query.Signer.ToString(),
        Nonce = admitted.Query.Body.Nonce,
        Permit = admitted.Query.Body.Permit.ToString(),
        Dataset = admitted.Query.Body.Dataset,
        Version = admitted.Dataset.Version.Version,
        Output = admitted.Query.Body.Output,
        QueryHash = admitted.QueryHash.ToString(),
        QueryText = admitted.QueryText,
        State = QueryState.Reserved,
        Rho = checked((long)admitted.Charge.Loss.Rho),
        Delta = checked((long)admitted.Charge.Loss.Delta),
        Files = admitted.Charge.Files,
        Seed = seed,
        ReservedAt = RecordTime.Write(clock.GetUtcNow()),
        Signed = System.Text.Json.JsonSerializer.Serialize(admitted.Query.Record, CanonicalJson.Options),
    };

    private static Spending Of(Amount amount) => new(new PrivacyLoss(amount.Rho, amount.Delta), checked((int)amount.Files));
}

/// <summary>The signer used this nonce before: the step is rolled back.</summary>
public sealed class NonceUsedException : Exception;
