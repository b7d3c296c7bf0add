using Dapper;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;

namespace Silos.Dashboards;

/// <summary>One stored answer of a refresh.</summary>
public sealed record DashboardAnswer
{
    public required string Dataset { get; init; }

    public required long Version { get; init; }

    public required string Permit { get; init; }

    public required string Question { get; init; }

    public required string RefreshedAt { get; init; }

    /// <summary>The answer's JSON as it left, with its receipt.</summary>
    public required string Answer { get; init; }
}

/// <summary>The answers that dashboards show. They are released figures; the budget was charged for them before they came here.</summary>
public sealed class DashboardStore(Database database, TimeProvider clock)
{
    /// <summary>Keeps a whole refresh or nothing of it; keeping it twice is once.</summary>
    public Task KeepAsync(string dataset, long version, Hash32 permit, IReadOnlyDictionary<string, string> answers, CancellationToken cancel) =>
        database.WriteAsync("dashboards", transaction => transaction.Connection!.ExecuteAsync(
            """
            INSERT INTO dashboard_answers (dataset, version, permit, question, refreshed_at, answer)
            VALUES (@dataset, @version, @permit, @Key, @now, @Value) ON CONFLICT DO NOTHING
            """,
            answers.Select(answer => new { dataset, version, permit = permit.ToString(), answer.Key, answer.Value, now = RecordTime.Write(clock.GetUtcNow()) }),
            transaction), cancel);

    /// <summary>All refreshes of the dataset's dashboard, oldest first, each with its answers.</summary>
    public Task<IReadOnlyList<IReadOnlyList<DashboardAnswer>>> RefreshesAsync(string dataset, CancellationToken cancel) => database.ReadAsync<IReadOnlyList<IReadOnlyList<DashboardAnswer>>>(
        async connection => [.. (await connection.QueryAsync<DashboardAnswer>(
                "SELECT dataset, version, permit, question, refreshed_at, answer FROM dashboard_answers WHERE dataset = @dataset ORDER BY version, refreshed_at", new { dataset }))
            .GroupBy(answer => (answer.Version, answer.Permit)).Select(refresh => (IReadOnlyList<DashboardAnswer>)[.. refresh])], cancel);
}
