using System.Text.Json;
using Anonymizer.DifferentialPrivacy.Queries;
using Silos.Budgets;
using Silos.Consents;
using Silos.Datasets;
using Silos.Extracts;
using Silos.Ingestion.Cohorts;
using Silos.Ledger.Log;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;
using Silos.Permits;
using Silos.Protocol;

namespace Silos.Queries;

/// <summary>
/// Computes a reserved question on the consent snapshot in force, stores the answer sealed, and appends its entry in the same durable step.
/// Run again after a crash it uses the same seed; nothing of an earlier run has left.
/// </summary>
public sealed class ComputeAnswer(
    Database database, QueryStore store, DatasetShelf shelf, PermitStore permits, TakeSnapshot snapshots, ReadSilence silences, PersonalCaps caps, SeedPool seeds, ExtractStore extracts, AppendAnswer append,
    LedgerLog log, SiloIdentity silo, TimeProvider clock)
{
    /// <returns>The question in state computed, with the sequence number of its entry; or in state failed (charged) when its dataset is gone; or in the state
    /// to which another process has moved it meanwhile.</returns>
    /// <param name="entered">A snapshot that was entered since the question came; null enters one now.</param>
    public async Task<StoredQuery> RunAsync(StoredQuery reserved, Task<ConsentSnapshot>? entered, CancellationToken cancel)
    {
        try
        {
            return await ComputeAsync(reserved, entered, cancel);
        }
        catch (QuestionMovedException)
        {
            return (await store.FindAsync(reserved.Id, cancel))!;
        }
    }

    private async Task<StoredQuery> ComputeAsync(StoredQuery reserved, Task<ConsentSnapshot>? entered, CancellationToken cancel)
    {
        var permit = await permits.FindAsync(reserved.PermitId, cancel) ?? throw new InvalidOperationException($"permit {reserved.Permit} is gone from the store");
        var dataset = shelf.Find(reserved.Dataset, out var fault);
        if (dataset is null && fault is null)
        {
            throw new InvalidOperationException($"dataset '{reserved.Dataset}' is not open in this process");
        }

        if (dataset is null || dataset.Version.Version != reserved.Version)
        {
            return await FailAsync(reserved, fault ?? "the dataset has a newer version", cancel);
        }

        var silencePermits = await silences.PermitsAsync(dataset.Definition, cancel);
        var snapshot = await (entered ?? snapshots.NowAsync(cancel));
        var inCohort = SelectConsenting.Of(snapshot.State, dataset, permit, silo.Register, reserved.Output, reserved.QueryText, clock.GetUtcNow(), silencePermits);
        if (reserved.Output == SignedQuery.Statistics)
        {
            while (true)
            {
                var cohort = await caps.LeaveOutAsync(dataset, snapshot.State, inCohort, reserved.Spending.Loss, cancel);
                var answer = await AnswerAsync(reserved, permit, dataset, cohort.Rows, cancel);
                if (await append.RunAsync(new MadeAnswer(reserved, dataset, snapshot, answer, null, (cohort, dataset.SmallestCell(permit))), cancel) is { } computed)
                {
                    return computed;
                }
            }
        }

        return await extracts.ProduceAsync(dataset, reserved.QueryText, inCohort, cancel) is { } file
            ? (await append.RunAsync(new MadeAnswer(reserved, dataset, snapshot, file.Csv, file, null), cancel))!
            : await FailAsync(reserved, RefusalCode.Held, cancel);
    }

    private async Task<byte[]> AnswerAsync(StoredQuery reserved, Permit permit, OpenedDataset dataset, bool[] inCohort, CancellationToken cancel)
    {
        var query = CohortQuery.Parse(JsonDocument.Parse(reserved.QueryText).RootElement, dataset.Schema, dataset.Definition);
        query.Narrow(inCohort, dataset.Definition, dataset.Histories);
        var random = await seeds.SourceAsync(reserved, cancel);
        var answer = dataset.Resident is { } resident
            ? await resident.AnswerAsync(query.Query, inCohort, random, dataset.SmallestCell(permit), cancel)
            : Answering.Run(query.Query, dataset.Schema, dataset.Table, inCohort, random, dataset.SmallestCell(permit));
        return answer.ToUtf8();
    }

    private Task<StoredQuery> FailAsync(StoredQuery reserved, string reason, CancellationToken cancel) =>
        database.WriteAsync(BudgetStore.Writer, async transaction =>
        {
            var failed = reserved with { State = QueryState.Failed, Reason = reason };
            if (!await QueryStore.MoveAsync(transaction, failed, QueryState.Reserved))
            {
                throw new QuestionMovedException($"question {reserved.Id} was moved on by another process");
            }

            await BudgetStore.ChangeAsync(transaction, reserved.PermitId, account => account.Post(reserved.Spending));

            // The seed is retired without use, and everybody may know: a seed that fell away silently could be one whose noise was not liked.
            await log.AppendAsync(transaction, silo.Draft(EntryKind.Void) with { SubjectHash = Hash32.Parse(reserved.Seed) });
            return failed;
        }, cancel);
}
