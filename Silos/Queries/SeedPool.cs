using System.Data.Common;
using System.Security.Cryptography;
using Anonymizer.DifferentialPrivacy.Sampling;
using Dapper;
using Silos.Budgets;
using Silos.Ledger.Log;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;
using Silos.Persistence;

namespace Silos.Queries;

/// <summary>
/// Seeds of noise, each committed to in an entry that was final before the seed is used: the silo cannot choose the noise after it
/// has seen the question, and the researcher's nonce in the signed query is not the silo's to choose. An auditor to whom a seed is opened replays the noise.
/// </summary>
public sealed class SeedPool
{
    /// <summary>Seeds that lie ready at any time, as long as new ones become final faster than questions take them.</summary>
    public const int Wanted = 256;

    private readonly Database database;
    private readonly Vault vault;
    private readonly LedgerLog log;
    private readonly SiloIdentity silo;
    private readonly Together<int, int> fill;
    private int taken;

    public SeedPool(Database database, Vault vault, LedgerLog log, SiloIdentity silo, TimeProvider clock)
    {
        (this.database, this.vault, this.log, this.silo) = (database, vault, log, silo);
        fill = new Together<int, int>(int.MaxValue, clock, FillAsync);
    }

    /// <summary>Seeds that lie ready, oldest first, inside the step that reserves with them.</summary>
    public static async Task<IReadOnlyList<(string Id, byte[] Sealed)>> ReadyAsync(DbTransaction transaction, int most) =>
        [.. await transaction.Connection!.QueryAsync<(string, byte[])>("SELECT id, sealed FROM seeds WHERE used_by IS NULL AND ready = 1 ORDER BY seq LIMIT @most", new { most }, transaction)];

    /// <summary>Takes ready seeds, each for one question.</summary>
    public static Task TakeAsync(DbTransaction transaction, IEnumerable<(string Seed, string Question)> taken) => Rows.WriteAsync(
        transaction,
        "WITH taken (id, question) AS (",
        [.. taken.Select(one => (object?[])[one.Seed, one.Question])],
        ") UPDATE seeds SET used_by = taken.question FROM taken WHERE seeds.id = taken.id");

    /// <summary>Tells that a question took a seed: when half of what lies ready is gone it is filled at once, and not only by the clock, which repeats what fails here.</summary>
    public void Took()
    {
        if (Interlocked.Increment(ref taken) >= Wanted / 2)
        {
            Interlocked.Exchange(ref taken, 0);
            _ = FillAsync(CancellationToken.None);
        }
    }

    /// <summary>The source of all that is random in one question: PRF(seed, hash of the signed query).</summary>
    public async Task<IRandomSource> SourceAsync(StoredQuery reserved, CancellationToken cancel)
    {
        var sealedSeed = reserved.SealedSeed ?? await database.ReadAsync(connection => connection.QuerySingleAsync<byte[]>("SELECT sealed FROM seeds WHERE id = @Seed", new { reserved.Seed }), cancel);
        var opened = vault.Open(Vault.Host, sealedSeed, "seed:" + reserved.Seed);
        return new PrfRandomSource(HMACSHA256.HashData(opened, Hash32.Parse(reserved.Id).ToArray()));
    }

    /// <summary>The seed itself, what opens its entry, and that entry's seq: for an auditor.</summary>
    public async Task<(byte[] Seed, Opening Opening, long Seq)> OpenAsync(string id, CancellationToken cancel)
    {
        var (sealedSeed, salt, seq) = await database.ReadAsync(connection => connection.QuerySingleAsync<(byte[], string, long)>("SELECT sealed, salt, seq FROM seeds WHERE id = @id", new { id }), cancel);
        var seed = vault.Open(Vault.Host, sealedSeed, "seed:" + id);
        return (seed, new Opening(Hash32.Of(seed), Hash32.Parse(salt)), seq);
    }

    /// <summary>Commits to as many new seeds as are wanting, and makes ready those whose entries have become final. Callers who come meanwhile share the next filling.</summary>
    public Task FillAsync(CancellationToken cancel) => fill.AskAsync(0, cancel);

    private async Task<IReadOnlyList<int>> FillAsync(IReadOnlyList<int> callers)
    {
        var waiting = await database.WriteAsync(BudgetStore.Writer, async transaction =>
        {
            var connection = transaction.Connection!;
            var unused = await connection.ExecuteScalarAsync<long>("SELECT COUNT(*) FROM seeds WHERE used_by IS NULL", transaction: transaction);
            await CommitAsync(transaction, (int)Math.Max(0, Wanted - unused));
            return await connection.ExecuteScalarAsync<long?>("SELECT MAX(seq) FROM seeds WHERE ready = 0", transaction: transaction);
        });
        if (waiting is { } seq)
        {
            await log.WhenFinalAsync(seq, CancellationToken.None);
            await database.WriteAsync(BudgetStore.Writer, transaction => transaction.Connection!.ExecuteAsync(
                "UPDATE seeds SET ready = 1 WHERE ready = 0 AND seq <= @seq", new { seq }, transaction));
        }

        return callers;
    }

    private async Task CommitAsync(DbTransaction transaction, int count)
    {
        if (count == 0)
        {
            return;
        }

        var seeds = Enumerable.Range(0, count).Select(_ => RandomNumberGenerator.GetBytes(32)).Select(seed => (Seed: seed, Opening: Opening.Of(Hash32.Of(seed)))).ToList();
        var entries = await log.AppendAsync(transaction, [.. seeds.Select(seed => silo.Draft(EntryKind.SeedCommitted) with { SubjectHash = seed.Opening.Commit() })]);
        await Rows.WriteAsync(transaction, "INSERT INTO seeds (id, sealed, salt, seq, ready)", [.. seeds.Zip(entries, (seed, entry) =>
        {
            var id = seed.Opening.Commit().ToString();
            return (object?[])[id, vault.Seal(Vault.Host, seed.Seed, "seed:" + id), seed.Opening.Salt.ToString(), entry.Seq, 0];
        })]);
    }
}
