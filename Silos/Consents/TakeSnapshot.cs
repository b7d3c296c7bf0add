using Dapper;
using Silos.Ledger.Log;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;

namespace Silos.Consents;

/// <summary>The register as a query uses it, with the root under which it was entered in the log.</summary>
public sealed record ConsentSnapshot(ConsentState State, Hash32 Root, long Seq);

/// <summary>
/// Enters the newest root in the log, before each fresh query and on a fixed clock. Each root holds a random leaf of its own,
/// so that a new root does not say whether anybody decided anything.
/// </summary>
public sealed class TakeSnapshot
{
    /// <summary>The name of the random leaf.</summary>
    internal static readonly Hash32 BlindName = Hash32.Of("researchhub/consent-snapshot/blind");
    private readonly Database database;
    private readonly ConsentRegister register;
    private readonly LedgerLog log;
    private readonly SiloIdentity silo;
    private readonly Together<int, ConsentSnapshot> together;

    public TakeSnapshot(Database database, ConsentRegister register, LedgerLog log, SiloIdentity silo, TimeProvider clock)
    {
        (this.database, this.register, this.log, this.silo) = (database, register, log, silo);
        together = new Together<int, ConsentSnapshot>(int.MaxValue, clock, async asked => Enumerable.Repeat(await TakeAsync(), asked.Count).ToList());
    }

    /// <summary>The newest root, entered after this was asked: questions that come together share one.</summary>
    public Task<ConsentSnapshot> NowAsync(CancellationToken cancel) => together.AskAsync(0, cancel);

    private async Task<ConsentSnapshot> TakeAsync()
    {
        var state = await register.CatchUpAsync(CancellationToken.None);
        var blind = Hash32.Random();
        var root = state.Tree.With(BlindName, blind).Root;
        var seq = await database.WriteAsync("snapshots", async transaction =>
        {
            var entry = await log.AppendAsync(transaction, silo.Draft(EntryKind.ConsentSnapshot) with { ConsentRoot = root });
            await transaction.Connection!.ExecuteAsync(
                "INSERT INTO consent_snapshots (seq, root, blind, recorded) VALUES (@Seq, @root, @blind, @Recorded)",
                new { entry.Seq, root = root.ToString(), blind = blind.ToString(), state.Recorded },
                transaction);
            return entry.Seq;
        });
        return new ConsentSnapshot(state, root, seq);
    }
}
