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

/// <summary>What makes two questions the same: they have the same answer.</summary>
public sealed record QuestionWords(Hash32 Permit, string Dataset, long Version, string Output, Hash32 QueryHash);

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

    /// <summary>The seed as it lies in the pool, where it was just taken; it is not kept with the question.</summary>
    public byte[]? SealedSeed { get; init; }

    public required string ReservedAt { get; init; }

    public byte[]? SealedAnswer { get; init; }

    public string? Openings { get; init; }

    /// <summary>Its entry, once computed.</summary>
    public long? Seq { get; init; }

    public string? Reason { get; init; }

    /// <summary>The process that works on it, or did.</summary>
    public string? Owner { get; init; }

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
public sealed class QueryStore(Database database, TimeProvider clock)
{
    private const string Columns =
        "id, signer, nonce, permit, dataset, version, output, query_hash, query_text, state, rho, delta, files, seed, reserved_at, sealed_answer, openings, seq, reason, signed, owner";

    private readonly Together<QuestionWords, StoredQuery?> same = new(256, clock, asked => database.ReadAsync(connection => SameAsync(connection, asked)));

    /// <summary>The question whose entry this is.</summary>
    public Task<StoredQuery?> FindAsync(long seq, CancellationToken cancel) => database.ReadAsync(
        connection => connection.QuerySingleOrDefaultAsync<StoredQuery>($"SELECT {Columns} FROM queries WHERE seq = @seq", new { seq }), cancel);

    public Task<StoredQuery?> FindAsync(string id, CancellationToken cancel) => database.ReadAsync(connection => FindAsync(connection, id), cancel);

    /// <summary>The newest reserved, computed or answered question of the same words under the same permit on the same version.</summary>
    public Task<StoredQuery?> FindSameAsync(QuestionWords asked, CancellationToken cancel) => same.AskAsync(asked, cancel);

    /// <summary>Questions between reservation and answer, with the process that works on each, or did.</summary>
    public static async Task<IReadOnlyList<(string Id, string? Owner)>> UnfinishedAsync(DbConnection connection) =>
        [.. await connection.QueryAsync<(string, string?)>($"SELECT id, owner FROM queries WHERE state IN ('{QueryState.Reserved}', '{QueryState.Computed}') ORDER BY reserved_at")];

    /// <summary>Gives unfinished questions to a process, within a step of the register's writer.</summary>
    /// <param name="from">Whether the question may be taken from this owner.</param>
    /// <returns>Those that it has now.</returns>
    public static async Task<IReadOnlyList<StoredQuery>> TakeAsync(DbTransaction transaction, IReadOnlyList<string> ids, string to, Func<string?, bool> from)
    {
        List<StoredQuery> taken = [];
        foreach (var id in ids)
        {
            if (await FindAsync(transaction.Connection!, id, transaction) is { State: QueryState.Reserved or QueryState.Computed } query && from(query.Owner))
            {
                await transaction.Connection!.ExecuteAsync("UPDATE queries SET owner = @to WHERE id = @id", new { id, to }, transaction);
                taken.Add(query with { Owner = to });
            }
        }

        return taken;
    }

    /// <summary>Which of these nonces were used up before, within a step of the register's writer.</summary>
    public static async Task<HashSet<(string Signer, string Nonce)>> UsedAsync(DbTransaction transaction, IReadOnlyCollection<(Hash32 Signer, string Nonce)> nonces) =>
    [
        .. await Rows.ReadAsync(
            transaction.Connection!,
            transaction,
            "SELECT signer, nonce FROM spent_nonces WHERE (signer, nonce) IN (",
            [.. nonces.Select(nonce => (object?[])[nonce.Signer.ToString(), nonce.Nonce])],
            ")",
            row => (row.GetString(0), row.GetString(1))),
    ];

    /// <summary>Uses nonces up that were not used before.</summary>
    public static Task UseAsync(DbTransaction transaction, IEnumerable<(Hash32 Signer, string Nonce)> nonces) =>
        Rows.WriteAsync(transaction, "INSERT INTO spent_nonces (signer, nonce)", [.. nonces.Select(nonce => (object?[])[nonce.Signer.ToString(), nonce.Nonce])]);

    public static Task InsertAsync(DbTransaction transaction, IEnumerable<StoredQuery> queries) => Rows.WriteAsync(
        transaction,
        "INSERT INTO queries (id, signer, nonce, permit, dataset, version, output, query_hash, query_text, state, rho, delta, files, seed, reserved_at, signed, owner)",
        [.. queries.Select(query => (object?[])
        [
            query.Id, query.Signer, query.Nonce, query.Permit, query.Dataset, query.Version, query.Output, query.QueryHash, query.QueryText,
            query.State, query.Rho, query.Delta, query.Files, query.Seed, query.ReservedAt, query.Signed, query.Owner,
        ])]);

    /// <summary>Moves reserved questions on to computed, each with its answer and its entry.</summary>
    /// <exception cref="QuestionMovedException">Another process moved one of them first.</exception>
    public static async Task ComputedAsync(DbTransaction transaction, IReadOnlyCollection<StoredQuery> computed)
    {
        var moved = await Rows.WriteAsync(
            transaction,
            "WITH computed (id, sealed_answer, openings, seq) AS (",
            [.. computed.Select(query => (object?[])[query.Id, query.SealedAnswer, query.Openings, query.Seq])],
            $"""
            ) UPDATE queries SET state = '{QueryState.Computed}', sealed_answer = computed.sealed_answer, openings = computed.openings, seq = computed.seq
            FROM computed WHERE queries.id = computed.id AND queries.state = '{QueryState.Reserved}'
            """);
        if (moved != computed.Count)
        {
            throw new QuestionMovedException($"of the questions {string.Join(", ", computed.Select(query => query.Id))}, {computed.Count - moved} were moved on by another process");
        }
    }

    /// <summary>Moves computed questions on to answered.</summary>
    /// <returns>Which it moved; another process moved the others first.</returns>
    public static async Task<HashSet<string>> AnsweredAsync(DbTransaction transaction, IReadOnlyCollection<StoredQuery> answered) =>
    [
        .. await Rows.ReadAsync(
            transaction.Connection!,
            transaction,
            $"UPDATE queries SET state = '{QueryState.Answered}' WHERE state = '{QueryState.Computed}' AND id IN (",
            [.. answered.Select(query => (object?[])[query.Id])],
            ") RETURNING id",
            row => row.GetString(0)),
    ];

    /// <summary>Keeps, sealed, whose rows answers counted, and the floor under which their cells were not shown.</summary>
    public static Task KeepCohortsAsync(DbTransaction transaction, IEnumerable<(string Query, int Floor, byte[] Cohort)> cohorts) => Rows.WriteAsync(
        transaction, "INSERT INTO query_cohorts (query, floor, sealed)", [.. cohorts.Select(one => (object?[])[one.Query, one.Floor, one.Cohort])]);

    /// <summary>What <see cref="KeepCohortsAsync"/> kept.</summary>
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

    private static async Task<IReadOnlyList<StoredQuery?>> SameAsync(DbConnection connection, IReadOnlyList<QuestionWords> asked)
    {
        var found = await Rows.ReadAsync(
            connection,
            null,
            "SELECT id, permit, dataset, version, output, query_hash FROM queries WHERE (permit, dataset, version, output, query_hash) IN (",
            [.. asked.Select(one => (object?[])[one.Permit.ToString(), one.Dataset, one.Version, one.Output, one.QueryHash.ToString()])],
            $") AND state IN ('{QueryState.Reserved}', '{QueryState.Computed}', '{QueryState.Answered}') ORDER BY reserved_at",
            row => (Id: row.GetString(0), Words: new QuestionWords(Hash32.Parse(row.GetString(1)), row.GetString(2), row.GetInt64(3), row.GetString(4), Hash32.Parse(row.GetString(5)))));
        var newest = found.GroupBy(one => one.Words).ToDictionary(group => group.Key, group => group.Last().Id);
        var answers = new List<StoredQuery?>();
        foreach (var one in asked)
        {
            answers.Add(newest.TryGetValue(one, out var id) ? await FindAsync(connection, id) : null);
        }

        return answers;
    }

    private static Task<StoredQuery?> FindAsync(DbConnection connection, string id, DbTransaction? within = null) =>
        connection.QuerySingleOrDefaultAsync<StoredQuery>($"SELECT {Columns} FROM queries WHERE id = @id", new { id }, within);
}

/// <summary>Another process worked on the question too and moved it on first: what it made stands.</summary>
public sealed class QuestionMovedException(string message) : InvalidOperationException(message);
