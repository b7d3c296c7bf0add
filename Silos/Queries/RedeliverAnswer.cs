using Silos.Datasets;
using Silos.Ledger.Log;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;
using Silos.Persistence;
using Silos.Budgets;

namespace Silos.Queries;

/// <summary>
/// The same question under the same permit on the same dataset version is answered from the store, byte for byte and at no charge, whatever
/// consent changed since: a hit or a miss must say nothing about consent. It is entered first.
/// </summary>
public sealed class RedeliverAnswer(Database database, DatasetShelf shelf, LedgerLog log, SiloIdentity silo)
{
    /// <returns>The final entry of the redelivery and what opens it.</returns>
    /// <exception cref="NonceUsedException">The signer used this nonce before.</exception>
    public async Task<(FinalEntry Entry, IReadOnlyDictionary<string, Opening> Opened)> RunAsync(CheckedQuery query, StoredQuery stored, CancellationToken cancel)
    {
        var first = stored.Opened;
        var openings = new Dictionary<string, Opening>
        {
            ["queryHash"] = Opening.Of(first["queryHash"].Content),
            ["answerHash"] = Opening.Of(first["answerHash"].Content),
        };
        var dataset = shelf.Find(stored.Dataset, out _);
        var seq = await database.WriteAsync(BudgetStore.Writer, async transaction =>
        {
            if (!await QueryStore.UseNonceAsync(transaction, query.Signer, query.Body.Nonce))
            {
                throw new NonceUsedException();
            }

            var entry = await log.AppendAsync(transaction, silo.Draft(EntryKind.Redelivery, query.Signer) with
            {
                Permit = query.Body.Permit,
                Dataset = dataset?.Row.Blinded,
                DatasetRoot = dataset?.Root,
                QueryHash = openings["queryHash"].Commit(),
                AnswerHash = openings["answerHash"].Commit(),
                Nonce = query.Body.Nonce,
            });
            foreach (var (member, opening) in openings)
            {
                await EntryOpenings.KeepAsync(transaction, entry.Seq, member, opening);
            }

            return entry.Seq;
        }, cancel);
        return (await log.WhenFinalAsync(seq, cancel), openings);
    }
}
