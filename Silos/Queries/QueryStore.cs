using System.Data.Common;
using System.Text.Json;
using Anonymizer.DifferentialPrivacy;
using Dapper;
using Silos.Budgets;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;

namespace Silos.Queries;

/// <summary>The states of a question that was reserved for (DESIGN.md, "Life of a query").</summary>
public static class QueryState
{
    public const string Reserved = "reserved";
    public const string Computed = "computed";
    public const string Answered = "answered";
    public const string Refused = "refused";
    public const string Failed = "failed";
}

/// <summary>One question, as the register keeps it.</summary>
public sealed record StoredQuery
{
    public required string Id { get; init; }

    public required string Signer { get; init; }

    public required string Nonce { get; init; }

    public required string Permit { get; init; }

    public required string Dataset { get; init; }

    public required long Version { get; init; }

    public required string Output { get; init; }

    public required string QueryHash { get; init; }

    /// <summary>The canonical query.</summary>
    public required string QueryText { get; init; }

    public required string State { get; init; }

    public required long Rho { get; init; }

    public required long Delta { get; init; }

    public required int Files { get; init; }

    public required string Seed { get; init; }

    public required string ReservedAt { get; init; }

    public byte[]? SealedAnswer { get; init; }

    public string? Openings { get; init; }

    /// <summary>Its entry, once computed.</summary>
    public long? Seq { get; init; }

    public string? Reason { get; init; }

    /// <summary>The question as it was signed (a <see cref="SignedRecord"/>); null for those from before it was kept.</summary>
    public string? Signed { get; init; }

    public Spending Spending => new(new PrivacyLoss((ulong)Rho, (ulong)Delta), Files);

    public Hash32 PermitId => Hash32.Parse(Permit);

    /// <summary>What opens the entry's commitments, for the researcher's receipt.</summary>
    public IReadOnlyDictionary<string, Opening> Opened => Openings is null
        ? new Dictionary<string, Opening>()
        : JsonSerializer.Deserialize<Dictionary<string, Opening>>(Openings, CanonicalJson.Options)!;
}

/// <summary>Questions and the nonces that were used up. Changed only inside a step of the register's writer.</summary>
public sealed class QueryStore(Database database)
{
    private const string Columns =
        "id, signer, nonce, permit, dataset, version, output, query_hash, query_text, state, rho, delta, files, seed, reserved_at, sealed_answer, openings, seq, reason, signed";

    public Task<StoredQuery?> FindAsync(string id, CancellationToken cancel) => database.ReadAsync(
        connection => connection.QuerySingleOrDefaultAsync<StoredQuery>($"SELECT {Columns} FROM queries WHERE id = @id", new { id }), cancel);

    /// <summary>The question whose entry this is.</summary>
    public Task<StoredQuery?> FindAsync(long seq, CancellationToken cancel) => database.ReadAsync(
        connection => connection.QuerySingleOrDefaultAsync<StoredQuery>($"SELECT {Columns} FROM queries WHERE seq = @seq", new { seq }), cancel);

    /// <summary>The newest computed or answered question of the same words under the same permit on the same version.</summary>
    public Task<StoredQuery?> FindSameAsync(StoredQuery asked, CancellationToken cancel) => database.ReadAsync(
        connection => connection.QueryFirstOrDefaultAsync<StoredQuery>(
            $"""
            SELECT {Columns} FROM queries
            WHERE permit = @Permit AND dataset = @Dataset AND version = @Version AND output = @Output AND query_hash = @QueryHash
              AND state IN ('{QueryState.Reserved}', '{QueryState.Computed}', '{QueryState.Answered}')
            ORDER BY reserved_at DESC LIMIT 1
            """,
            asked), cancel);

    /// <summary>Questions that a crash left between reservation and answer.</summary>
    public Task<IReadOnlyList<StoredQuery>> UnfinishedAsync(CancellationToken cancel) => database.ReadAsync<IReadOnlyList<StoredQuery>>(
        async connection => [.. await connection.QueryAsync<StoredQuery>(
            $"SELECT {Columns} FROM queries WHERE state IN ('{QueryState.Reserved}', '{QueryState.Computed}') ORDER BY reserved_at")], cancel);

    /// <summary>Uses the nonce up.</summary>
    /// <returns>False when this signer used it before.</returns>
    public static async Task<bool> UseNonceAsync(DbTransaction transaction, Hash32 signer, string nonce) =>
        await transaction.Connection!.ExecuteAsync(
            "INSERT INTO spent_nonces (signer, nonce) VALUES (@signer, @nonce) ON CONFLICT DO NOTHING", new { signer = signer.ToString(), nonce }, transaction) == 1;

    public static Task InsertAsync(DbTransaction transaction, StoredQuery query) => transaction.Connection!.ExecuteAsync(
        $"""
        INSERT INTO queries ({Columns})
        VALUES (@Id, @Signer, @Nonce, @Permit, @Dataset, @Version, @Output, @QueryHash, @QueryText, @State, @Rho, @Delta, @Files, @Seed, @ReservedAt, @SealedAnswer, @Openings, @Seq, @Reason, @Signed)
        """,
        query,
        transaction);

    /// <summary>Keeps, sealed, whose rows an answer counted, and the floor under which its cells were not shown.</summary>
    public static Task KeepCohortAsync(DbTransaction transaction, string query, int floor, byte[] cohort) => transaction.Connection!.ExecuteAsync(
        "INSERT INTO query_cohorts (query, floor, sealed) VALUES (@query, @floor, @cohort)", new { query, floor, cohort }, transaction);

    /// <summary>What <see cref="KeepCohortAsync"/> kept.</summary>
    public Task<(int Floor, byte[] Cohort)> CohortAsync(string query, CancellationToken cancel) => database.ReadAsync(
        connection => connection.QuerySingleAsync<(int, byte[])>("SELECT floor, sealed FROM query_cohorts WHERE query = @query", new { query }), cancel);

    /// <summary>Moves a question on from the state in which the caller saw it.</summary>
    /// <returns>False when another process moved it first.</returns>
    public static async Task<bool> MoveAsync(DbTransaction transaction, StoredQuery next, string from) =>
        await transaction.Connection!.ExecuteAsync(
            """
            UPDATE queries SET state = @State, sealed_answer = @SealedAnswer, openings = @Openings, seq = @Seq, reason = @Reason
            WHERE id = @Id AND state = @from
            """,
            new { next.Id, next.State, next.SealedAnswer, next.Openings, next.Seq, next.Reason, from },
            transaction) == 1;
}
