using Dapper;
using Silos.Ingestion.Definitions;
using Silos.Ledger.Chain;
using Silos.Ledger.Log;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;

namespace Silos.Consents;

/// <summary>What the board's quorum said of silence about a dataset (SHA-256 of its name) of this register, as the chain has it now.</summary>
/// <exception cref="LedgerUnavailableException">The chain does not answer.</exception>
public delegate Task<SilenceState> AskBoardOfSilence(Hash32 register, Hash32 dataset, CancellationToken cancel);

/// <summary>
/// What silence means for a dataset. It is no, unless the hospital's own policy says <c>permit</c> and the board's quorum said so on the chain: neither
/// the hospital nor the hub can say it alone. What the board changed is entered in this silo's log before it is obeyed.
/// </summary>
public sealed class ReadSilence(Database database, AskBoardOfSilence ask, LedgerLog log, SiloIdentity silo)
{
    /// <summary>Whether an enrolled patient who decided nothing counts as permitting statistics on this dataset now. A chain that does not answer is a no.</summary>
    public async Task<bool> PermitsAsync(DatasetDefinition definition, CancellationToken cancel)
    {
        if (definition.Policy.Silence != Silence.Permit)
        {
            return false;
        }

        try
        {
            var state = await ask(silo.Register, Hash32.Of(definition.Id), cancel);
            await EnterAsync(definition.Id, state, cancel);
            return state.Permits;
        }
        catch (LedgerUnavailableException)
        {
            return false;
        }
    }

    /// <summary>Whether silence permitted when an entry was made, as this silo's log has it.</summary>
    /// <param name="before">Place of the entry.</param>
    public Task<bool> PermittedAsync(string dataset, long before, CancellationToken cancel) => database.ReadAsync(async connection =>
        await connection.QueryFirstOrDefaultAsync<long?>(
            "SELECT permits FROM silence_changes WHERE dataset = @dataset AND seq < @before ORDER BY changes DESC LIMIT 1", new { dataset, before }) == 1, cancel);

    private async Task EnterAsync(string dataset, SilenceState state, CancellationToken cancel)
    {
        const string last = "SELECT COALESCE(MAX(changes), 0) FROM silence_changes WHERE dataset = @dataset";
        if (await database.ReadAsync(connection => connection.ExecuteScalarAsync<long>(last, new { dataset }), cancel) >= (long)state.Changes)
        {
            return;
        }

        await database.WriteAsync(ConsentRegister.Writer, async transaction =>
        {
            if (await transaction.Connection!.ExecuteScalarAsync<long>(last, new { dataset }, transaction) < (long)state.Changes)
            {
                var entry = await log.AppendAsync(transaction, silo.Draft(EntryKind.PolicyChanged) with
                {
                    SubjectHash = Opening.Of(Hash32.Of($"{dataset} silence {(state.Permits ? "permit" : "deny")}")).Commit(),
                });
                await transaction.Connection!.ExecuteAsync(
                    "INSERT INTO silence_changes (dataset, changes, permits, seq) VALUES (@dataset, @changes, @permits, @Seq)",
                    new { dataset, changes = (long)state.Changes, permits = state.Permits ? 1 : 0, entry.Seq },
                    transaction);
            }
        }, cancel);
    }
}
