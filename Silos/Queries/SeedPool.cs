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
public sealed class SeedPool(Database database, Vault vault, LedgerLog log, SiloIdentity silo)
{
    /// <summary>Seeds that lie ready at any time.</summary>
    public const int Wanted = 64;

    /// <summary>Takes a ready seed for a question, inside the step that reserves for it.</summary>
    /// <returns>The seed's id, or null when none is ready.</returns>
    public static async Task<string?> TakeAsync(DbTransaction transaction, string question)
    {
        var id = await transaction.Connection!.QueryFirstOrDefaultAsync<string>(
            "SELECT id FROM seeds WHERE used_by IS NULL AND ready = 1 ORDER BY seq LIMIT 1", transaction: transaction);
        if (id is not null)
        {
            await transaction.Connection!.ExecuteAsync("UPDATE seeds SET used_by = @question WHERE id = @id", new { question, id }, transaction);
        }

        return id;
    }

    /// <summary>The source of all that is random in one question: PRF(seed, hash of the signed query).</summary>
    public async Task<IRandomSource> SourceAsync(string seed, Hash32 signedQuery, CancellationToken cancel)
    {
        var sealedSeed = await database.ReadAsync(connection => connection.QuerySingleAsync<byte[]>("SELECT sealed FROM seeds WHERE id = @seed", new { seed }), cancel);
        var opened = vault.Open(sealedSeed, "seed:" + seed);
        return new PrfRandomSource(HMACSHA256.HashData(opened, signedQuery.ToArray()));
    }

    /// <summary>The seed itself, what opens its entry, and that entry's seq: for an auditor.</summary>
    public async Task<(byte[] Seed, Opening Opening, long Seq)> OpenAsync(string id, CancellationToken cancel)
    {
        var (sealedSeed, salt, seq) = await database.ReadAsync(connection => connection.QuerySingleAsync<(byte[], string, long)>("SELECT sealed, salt, seq FROM seeds WHERE id = @id", new { id }), cancel);
        var seed = vault.Open(sealedSeed, "seed:" + id);
        return (seed, new Opening(Hash32.Of(seed), Hash32.Parse(salt)), seq);
    }

    /// <summary>Commits to as many new seeds as are wanting, and makes ready those whose entries have become final.</summary>
    public async Task FillAsync(CancellationToken cancel)
    {
        var waiting = await database.WriteAsync(BudgetStore.Writer, async transaction =>
        {
            var connection = transaction.Connection!;
            var unused = await connection.ExecuteScalarAsync<long>("SELECT COUNT(*) FROM seeds WHERE used_by IS NULL", transaction: transaction);
            for (var made = unused; made < Wanted; made++)
            {
                await CommitAsync(transaction);
            }

            return await connection.ExecuteScalarAsync<long?>("SELECT MAX(seq) FROM seeds WHERE ready = 0", transaction: transaction);
        }, cancel);
        if (waiting is { } seq)
        {
            await log.WhenFinalAsync(seq, cancel);
            await database.WriteAsync(BudgetStore.Writer, transaction => transaction.Connection!.ExecuteAsync(
                "UPDATE seeds SET ready = 1 WHERE ready = 0 AND seq <= @seq", new { seq }, transaction), cancel);
        }
    }

    private async Task CommitAsync(DbTransaction transaction)
    {
        var seed = RandomNumberGenerator.GetBytes(32);
        var opening = Opening.Of(Hash32.Of(seed));
        var entry = await log.AppendAsync(transaction, silo.Draft(EntryKind.SeedCommitted) with { SubjectHash = opening.Commit() });
        var id = opening.Commit().ToString();
        await transaction.Connection!.ExecuteAsync(
            "INSERT INTO seeds (id, sealed, salt, seq, ready, used_by) VALUES (@id, @sealedSeed, @salt, @Seq, 0, NULL)",
            new { id, sealedSeed = vault.Seal(seed, "seed:" + id), salt = opening.Salt.ToString(), entry.Seq },
            transaction);
    }
}
