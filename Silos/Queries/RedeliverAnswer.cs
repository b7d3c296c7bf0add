using System.Data.Common;
using Silos.Budgets;
using Silos.Datasets;
using Silos.Ledger.Log;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;
using Silos.Persistence;

namespace Silos.Queries;

/// <summary>
/// The same question under the same permit on the same dataset version is answered from the store, byte for byte and at no charge, whatever
/// consent changed since: a hit or a miss must say nothing about consent. It is entered first.
/// </summary>
public sealed class RedeliverAnswer
{
    private const int MostTogether = 256;
    private readonly DatasetShelf shelf;
    private readonly LedgerLog log;
    private readonly SiloIdentity silo;
    private readonly Together<Asked, long?> together;

    public RedeliverAnswer(Database database, DatasetShelf shelf, LedgerLog log, SiloIdentity silo, TimeProvider clock)
    {
        (this.shelf, this.log, this.silo) = (shelf, log, silo);
        together = new Together<Asked, long?>(MostTogether, clock, asked => database.WriteAsync(BudgetStore.Writer, transaction => AppendAsync(transaction, asked)));
    }

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
        var draft = silo.Draft(EntryKind.Redelivery, query.Signer) with
        {
            Permit = query.Body.Permit,
            Dataset = dataset?.Row.Blinded,
            DatasetRoot = dataset?.Root,
            QueryHash = openings["queryHash"].Commit(),
            AnswerHash = openings["answerHash"].Commit(),
            Nonce = query.Body.Nonce,
        };
        var seq = await together.AskAsync(new Asked(query.Signer, draft, openings), cancel) ?? throw new NonceUsedException();
        return (await log.WhenFinalAsync(seq, cancel), openings);
    }

    private async Task<IReadOnlyList<long?>> AppendAsync(DbTransaction transaction, IReadOnlyList<Asked> asked)
    {
        var used = await QueryStore.UsedAsync(transaction, [.. asked.Select(one => (one.Signer, one.Draft.Nonce!))]);
        var accepted = asked.Where(one => used.Add((one.Signer.ToString(), one.Draft.Nonce!))).ToList();
        await QueryStore.UseAsync(transaction, accepted.Select(one => (one.Signer, one.Draft.Nonce!)));
        var entries = await log.AppendAsync(transaction, [.. accepted.Select(one => one.Draft)]);
        await EntryOpenings.KeepAsync(transaction, accepted.Zip(entries).SelectMany(pair => pair.First.Openings.Select(opened => (pair.Second.Seq, opened.Key, opened.Value))));
        var places = accepted.Zip(entries).ToDictionary(pair => pair.First, pair => pair.Second.Seq);
        return [.. asked.Select(one => places.TryGetValue(one, out var seq) ? seq : (long?)null)];
    }

    private sealed record Asked(Hash32 Signer, Entry Draft, IReadOnlyDictionary<string, Opening> Openings);
}
