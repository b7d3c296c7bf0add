using System.Data.Common;
using System.Text.Json;
using Silos.Budgets;
using Silos.Consents;
using Silos.Datasets;
using Silos.Extracts;
using Silos.Ledger.Log;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;
using Silos.Persistence;

namespace Silos.Queries;

/// <summary>An answer that was computed and not yet stored.</summary>
/// <param name="File">For a cohort file, what else is kept of it.</param>
/// <param name="Counted">For statistics, which of the dataset's rows were counted, and the floor under which cells were not shown.</param>
public sealed record MadeAnswer(StoredQuery Reserved, OpenedDataset Dataset, ConsentSnapshot Snapshot, byte[] Answer, ProducedFile? File, (CappedCohort Cohort, int Floor)? Counted);

/// <summary>Stores an answer sealed and appends its entry, in one durable step; answers that come together share the step, each with an entry of its own.</summary>
public sealed class AppendAnswer
{
    private const int MostTogether = 256;
    private readonly PersonalCaps caps;
    private readonly Vault vault;
    private readonly ExtractStore extracts;
    private readonly LedgerLog log;
    private readonly SiloIdentity silo;
    private readonly TimeProvider clock;
    private readonly Together<Prepared, StoredQuery?> together;

    public AppendAnswer(Database database, PersonalCaps caps, Vault vault, ExtractStore extracts, LedgerLog log, SiloIdentity silo, TimeProvider clock)
    {
        (this.caps, this.vault, this.extracts, this.log, this.silo, this.clock) = (caps, vault, extracts, log, silo, clock);
        together = new Together<Prepared, StoredQuery?>(MostTogether, clock, made => database.WriteAsync(BudgetStore.Writer, transaction => AppendAsync(transaction, made)));
    }

    /// <returns>The question in state computed, with the sequence number of its entry; null when another question has meanwhile drawn on a personal
    /// cap by which the cohort was decided: make the answer anew. Of answers for capped patients one enters a step, so that each is judged by what was kept.</returns>
    /// <exception cref="QuestionMovedException">Another process moved it on.</exception>
    public Task<StoredQuery?> RunAsync(MadeAnswer made, CancellationToken cancel) => together.AskAsync(Prepare(made), cancel);

    private Prepared Prepare(MadeAnswer made)
    {
        var (reserved, dataset) = (made.Reserved, made.Dataset);
        var openings = new Dictionary<string, Opening>
        {
            ["queryHash"] = Opening.Of(Hash32.Parse(reserved.QueryHash)),
            ["answerHash"] = Opening.Of(Hash32.Of(made.Answer)),
            ["policyHash"] = dataset.Row.Policy,
        };
        var draft = silo.Draft(made.File is null ? EntryKind.Query : EntryKind.Extract, Hash32.Parse(reserved.Signer)) with
        {
            Permit = reserved.PermitId,
            Dataset = dataset.Row.Blinded,
            DatasetRoot = dataset.Root,
            DatasetAge = (long?)dataset.Resident?.AgeAt(clock.GetUtcNow()).TotalSeconds,
            ConsentRoot = made.Snapshot.Root,
            PolicyHash = openings["policyHash"].Commit(),
            QueryHash = openings["queryHash"].Commit(),
            AnswerHash = openings["answerHash"].Commit(),

            // Names the seed by its own commitment: anybody sees that it was committed to before, and is used once.
            SubjectHash = Hash32.Parse(reserved.Seed),
            Nonce = reserved.Nonce,
            Charge = Charge.Of((ulong)reserved.Rho, (ulong)reserved.Delta, reserved.Files),
        };
        var computed = reserved with
        {
            State = QueryState.Computed,
            SealedAnswer = vault.Seal(reserved.Dataset, made.Answer, "answer:" + reserved.Id),
            Openings = JsonSerializer.Serialize(openings, CanonicalJson.Options),
        };
        var cohort = made.Counted is { } counted ? vault.Seal(reserved.Dataset, OpenNoise.Pack(counted.Cohort.Rows), "cohort:" + reserved.Id) : null;
        return new Prepared(made, computed, draft, cohort);
    }

    private async Task<IReadOnlyList<StoredQuery?>> AppendAsync(DbTransaction transaction, IReadOnlyList<Prepared> asked)
    {
        var capped = asked.FirstOrDefault(one => one.Capped);
        var holds = capped is not null && await caps.StillHoldAsync(transaction, capped.Made.Counted!.Value.Cohort, capped.Made.Reserved.Spending.Loss, CancellationToken.None);
        var made = asked.Where(one => !one.Capped || (holds && one == capped)).ToList();
        if (made.Count == 0)
        {
            return new StoredQuery?[asked.Count];
        }

        var entries = await log.AppendAsync(transaction, [.. made.Select(one => one.Draft)]);
        var computed = made.Zip(entries, (one, entry) => one.Computed with { Seq = entry.Seq }).ToList();
        await QueryStore.ComputedAsync(transaction, computed);
        await QueryStore.KeepCohortsAsync(transaction, made.Where(one => one.Cohort is not null).Select(one => (one.Computed.Id, one.Made.Counted!.Value.Floor, one.Cohort!)));
        foreach (var (one, query) in made.Zip(computed).Where(pair => pair.First.Made.File is not null))
        {
            await extracts.KeepAsync(transaction, query.Id, query.Dataset, one.Made.File!, one.Made.Dataset.Root, one.Made.Snapshot.Root);
        }

        var stored = computed.ToDictionary(query => query.Id);
        return [.. asked.Select(one => stored.GetValueOrDefault(one.Computed.Id))];
    }

    private sealed record Prepared(MadeAnswer Made, StoredQuery Computed, Entry Draft, byte[]? Cohort)
    {
        public bool Capped => Made.Counted?.Cohort.Taking.Count > 0;
    }
}
