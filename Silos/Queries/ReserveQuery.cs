using System.Data.Common;
using Anonymizer.DifferentialPrivacy;
using Silos.Budgets;
using Silos.Ledger.Chain;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;
using Silos.Protocol;

namespace Silos.Queries;

/// <summary>What became of a reservation: it stands; or it is refused; or the nonce was used before; or, with none of these, no seed is ready.</summary>
public sealed record Reservation(StoredQuery? Reserved = null, Refusal? Refusal = null, bool NonceUsed = false)
{
    public bool SeedMissing => Reserved is null && Refusal is null && !NonceUsed;
}

/// <summary>
/// Reserve: one locked, durable step against the register's budget and the permit's cap, which also uses up the nonce and takes the seed.
/// Questions that come together are decided in one step, one after the other, each beside what those before it reserved.
/// </summary>
public sealed class ReserveQuery
{
    private const int MostTogether = 256;
    private readonly SeedPool seeds;
    private readonly QuestionOwners owners;
    private readonly TimeProvider clock;
    private readonly Together<AdmittedQuery, Reservation> together;

    public ReserveQuery(Database database, SeedPool seeds, QuestionOwners owners, TimeProvider clock)
    {
        (this.seeds, this.owners, this.clock) = (seeds, owners, clock);
        together = new Together<AdmittedQuery, Reservation>(MostTogether, clock, asked => database.WriteAsync(BudgetStore.Writer, transaction => DecideAsync(transaction, asked)));
    }

    /// <exception cref="NonceUsedException">The signer used this nonce before.</exception>
    public async Task<(StoredQuery? Reserved, Refusal? Refusal)> DecideAsync(AdmittedQuery admitted, CancellationToken cancel)
    {
        // Whoever hangs up meanwhile does not end this: what was reserved must go on to be computed, or it would hang, charged, until a restart.
        var decided = await together.AskAsync(admitted, CancellationToken.None);
        if (decided.SeedMissing)
        {
            await seeds.FillAsync(cancel);
            decided = await together.AskAsync(admitted, CancellationToken.None);
        }

        if (decided.Reserved is not null)
        {
            seeds.Took();
        }

        return decided.NonceUsed ? throw new NonceUsedException()
            : decided.SeedMissing ? (null, new Refusal(RefusalCode.NotReady, "seeds: no committed seed is ready yet; ask again"))
            : (decided.Reserved, decided.Refusal);
    }

    private async Task<IReadOnlyList<Reservation>> DecideAsync(DbTransaction transaction, IReadOnlyList<AdmittedQuery> asked)
    {
        var accounts = await BudgetStore.ReadAsync(transaction.Connection!, transaction, asked.Select(one => one.Query.Body.Permit));
        var used = await QueryStore.UsedAsync(transaction, [.. asked.Select(one => (one.Query.Signer, one.Query.Body.Nonce))]);
        var ready = new Queue<(string Id, byte[] Sealed)>(await SeedPool.ReadyAsync(transaction, asked.Count));
        var decided = new List<Reservation>();
        foreach (var one in asked)
        {
            var decision = Refusal(one, accounts) is { } refusal ? new Reservation(Refusal: refusal)
                : ready.Count == 0 ? new Reservation()
                : !used.Add((one.Query.Signer.ToString(), one.Query.Body.Nonce)) ? new Reservation(NonceUsed: true)
                : new Reservation(Row(one, ready.Dequeue()));
            if (decision.Reserved is not null)
            {
                accounts.Change(one.Query.Body.Permit, account => account.Reserve(one.Charge));
            }

            decided.Add(decision);
        }

        var reserved = decided.Select(one => one.Reserved).OfType<StoredQuery>().ToList();
        await QueryStore.UseAsync(transaction, reserved.Select(one => (Hash32.Parse(one.Signer), one.Nonce)));
        await SeedPool.TakeAsync(transaction, reserved.Select(one => (one.Seed, one.Id)));
        await QueryStore.InsertAsync(transaction, reserved);
        await BudgetStore.SaveAsync(transaction, accounts);
        return decided;
    }

    private static Refusal? Refusal(AdmittedQuery asked, Accounts accounts) =>
        !accounts.Register.Admits(asked.Charge, Of(asked.Budget.Limit), Of(asked.Budget.Spent)) ? new Refusal(RefusalCode.OverRegisterBudget, "loss: the register's privacy budget does not hold so much; a smaller loss may still fit")
        : !accounts[asked.Query.Body.Permit].Admits(asked.Charge, Of(asked.OnChain.Cap), Of(asked.OnChain.Spent)) ? new Refusal(RefusalCode.OverPermitCap, "loss: the permit's cap at this silo does not hold so much; a smaller loss may still fit")
        : null;

    private StoredQuery Row(AdmittedQuery admitted, (string Id, byte[] Sealed) seed) => new()
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
        Seed = seed.Id,
        SealedSeed = seed.Sealed,
        ReservedAt = RecordTime.Write(clock.GetUtcNow()),
        Owner = owners.Me,
        Signed = System.Text.Json.JsonSerializer.Serialize(admitted.Query.Record, CanonicalJson.Options),
    };

    private static Spending Of(Amount amount) => new(new PrivacyLoss(amount.Rho, amount.Delta), checked((int)amount.Files));
}

/// <summary>The signer used this nonce before: the step is rolled back.</summary>
public sealed class NonceUsedException : Exception;
