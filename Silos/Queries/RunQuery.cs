using Microsoft.Extensions.Options;
using Silos.Consents;
using Silos.Datasets;
using Silos.Ledger.Chain;
using Silos.Ledger.Records;
using Silos.Protocol;

namespace Silos.Queries;

/// <summary>How long questions may take.</summary>
public sealed class QueryOptions
{
    /// <summary>How long does a question wait for its entry to become final before its caller is told to ask again? 100 ms to 5 minutes; 20 s by default.</summary>
    public TimeSpan FinalWithin { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How many refusals of forged and replayed requests are entered in the log one by one in a minute, by each process? 1 to 10,000; 60 by default.
    /// Of the others only the number is entered.</summary>
    public int StrangersPerMinute { get; init; } = 60;
}

/// <summary>What a caller gets: the answer's bytes, a refusal, or the name of a file that was made and awaits its output check.</summary>
public sealed record QueryOutcome(byte[]? Answer, Refusal? Refusal, string? Extract = null);

/// <summary>
/// The life of a query at this silo, from the signed submission to the answer that leaves (Silos/README.md tells it). This class owns all
/// branches; what it calls decides or does one thing.
/// </summary>
public sealed class RunQuery(
    SiloIdentity silo,
    AdmitQuery admit,
    DatasetShelf shelf,
    ReserveQuery reserve,
    TakeSnapshot snapshots,
    ComputeAnswer compute,
    SettleAnswer settle,
    RedeliverAnswer redeliver,
    DeliverAnswer deliver,
    DenyQuery denials,
    QueryStore store,
    QuestionOwners owners,
    AnswerQuantum quantum,
    NamedSteps steps,
    IOptions<QueryOptions> options,
    TimeProvider clock)
{
    /// <summary>Answers or refuses; both leave at the next time quantum.</summary>
    public async Task<QueryOutcome> AskAsync(QuerySubmission submission, CancellationToken cancel)
    {
        var came = clock.GetTimestamp();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(options.Value.FinalWithin);
        QueryOutcome outcome;
        try
        {
            outcome = await DecideAsync(submission, patience.Token);
        }
        catch (LedgerUnavailableException down)
        {
            outcome = Refused(RefusalCode.LedgerUnavailable, $"ledger: {down.Message}; nothing was answered, ask again later");
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            outcome = Refused(RefusalCode.LedgerUnavailable, "ledger: the entry did not become final in time; nothing was answered, ask the same question again at no further charge");
        }

        await quantum.NextAsync(came, cancel);
        return outcome;
    }

    private async Task<QueryOutcome> DecideAsync(QuerySubmission submission, CancellationToken cancel)
    {
        var (query, refusal) = CheckSubmission.Of(submission, silo.Register, silo.Deployed, clock.GetUtcNow());
        if (query is null)
        {
            return await DeniedAsync(new Attempt(null, null, null), refusal!, cancel);
        }

        var attempt = new Attempt(query.Signer, query.Body.Permit, query.Body.Dataset);
        var finding = FindSameAsync(query.Body, cancel);
        (var admitted, refusal) = await admit.DecideAsync(query, submission.Query, cancel);
        if (admitted is null)
        {
            return await DeniedAsync(attempt, refusal!, cancel);
        }

        try
        {
            if (await finding is { } same && same.Version == admitted.Dataset.Version.Version && await AgainAsync(query, admitted, same, cancel) is { } again)
            {
                return again;
            }

            using var working = owners.Work(query.Id.ToString());
            var snapshot = snapshots.NowAsync(CancellationToken.None);
            try
            {
                (var reserved, refusal) = await reserve.DecideAsync(admitted, cancel);
                return reserved is null ? await DeniedAsync(attempt, refusal!, cancel) : await AnewAsync(admitted, reserved, snapshot, cancel);
            }
            finally
            {
                // Nothing of a question goes on behind its answer: a process that drains would cut it off.
                await ((Task)snapshot).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
        catch (NonceUsedException)
        {
            return await DeniedAsync(attempt, new Refusal(RefusalCode.ReplayedNonce, "signed.nonce: was used before by this key; sign the question anew", OfStranger: true), cancel);
        }
    }

    /// <summary>The newest question of the same words that was not refused; looked for while the chain is asked.</summary>
    private Task<StoredQuery?> FindSameAsync(SignedQuery asked, CancellationToken cancel) => !asked.Fresh && shelf.Find(asked.Dataset, out _) is { } dataset
        ? store.FindSameAsync(new QuestionWords(asked.Permit, asked.Dataset, dataset.Version.Version, asked.Output, asked.QueryHash), cancel)
        : Task.FromResult<StoredQuery?>(null);

    private async Task<QueryOutcome> AnewAsync(AdmittedQuery admitted, StoredQuery reserved, Task<ConsentSnapshot> snapshot, CancellationToken cancel)
    {
        await steps.ReachedAsync(NamedSteps.Reserved, cancel);
        var computed = await compute.RunAsync(reserved, snapshot, CancellationToken.None);
        if (computed.State == QueryState.Refused)
        {
            return Refused(RefusalCode.ChargeRefused, "charge: refused on the chain; the answer was destroyed");
        }

        if (computed.State == QueryState.Failed)
        {
            return await DeniedAsync(
                new Attempt(admitted.Query.Signer, admitted.Query.Body.Permit, admitted.Query.Body.Dataset),
                computed.Reason == RefusalCode.Held ? new Refusal(RefusalCode.Held, "held") : new Refusal(RefusalCode.Tampered, "dataset: could not be read; the charge stands"),
                cancel);
        }

        await steps.ReachedAsync(NamedSteps.Computed, cancel);
        var (settled, refusal) = await settle.RunAsync(computed, cancel);
        await steps.ReachedAsync(NamedSteps.Logged, cancel);
        return settled is null
            ? new QueryOutcome(null, refusal)
            : computed.Output == SignedQuery.File ? new QueryOutcome(null, null, computed.Id)
            : new QueryOutcome(await deliver.BodyAsync(computed, admitted, settled.Final, computed.Opened, settled.Accounts, cancel), null);
    }

    /// <returns>Null when the question came to nothing meanwhile, and is to be asked anew.</returns>
    private async Task<QueryOutcome?> AgainAsync(CheckedQuery query, AdmittedQuery admitted, StoredQuery same, CancellationToken cancel)
    {
        while (same.State == QueryState.Reserved)
        {
            await Task.Delay(AnswerQuantum.Length, clock, cancel);
            same = (await store.FindAsync(same.Id, cancel))!;
        }

        if (same.State is QueryState.Failed or QueryState.Refused)
        {
            return null;
        }

        if (same.State == QueryState.Computed)
        {
            var (_, refusal) = await settle.RunAsync(same, cancel);
            if (refusal is not null)
            {
                return new QueryOutcome(null, refusal);
            }
        }

        if (same.Output == SignedQuery.File)
        {
            return new QueryOutcome(null, null, same.Id);
        }

        var (entry, opened) = await redeliver.RunAsync(query, same, cancel);
        return new QueryOutcome(await deliver.BodyAsync(same, admitted, entry, opened, null, cancel), null);
    }

    private async Task<QueryOutcome> DeniedAsync(Attempt attempt, Refusal refusal, CancellationToken cancel)
    {
        if (refusal.Code != RefusalCode.BadRequest)
        {
            await denials.AppendAsync(attempt, refusal, cancel);
        }

        return new QueryOutcome(null, refusal);
    }

    private static QueryOutcome Refused(string code, string detail) => new(null, new Refusal(code, detail));
}
