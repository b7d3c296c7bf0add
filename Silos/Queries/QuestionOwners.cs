using System.Collections.Concurrent;
using Dapper;
using Silos.Budgets;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;

namespace Silos.Queries;

/// <summary>
/// Which of a register's processes works on which question. A question belongs to the process that reserved for it as long as that process says, every
/// second, that it lives; afterwards any other may take it and finish it. No safety rests on it: two that worked on one question would draw the same
/// noise, and only one can move it on.
/// </summary>
public sealed class QuestionOwners(Database database, TimeProvider clock)
{
    /// <summary>How long a process that said nothing more still counts as living.</summary>
    public static readonly TimeSpan Length = TimeSpan.FromSeconds(5);

    private const string Writer = "processes";
    private readonly ConcurrentDictionary<string, int> working = new();

    /// <summary>This process's name in the database; a new one each time it starts.</summary>
    public string Me { get; } = Nonce.New();

    /// <summary>This process works on the question until what is returned is disposed; meanwhile it does not take it up a second time.</summary>
    public IDisposable Work(string question)
    {
        working.AddOrUpdate(question, 1, (_, times) => times + 1);
        return new Working(this, question);
    }

    /// <summary>Says that this process lives.</summary>
    public Task RenewAsync(CancellationToken cancel) => database.WriteAsync(Writer, transaction =>
    {
        var now = clock.GetUtcNow();
        return transaction.Connection!.ExecuteAsync(
            """
            INSERT INTO processes (id, alive_until) VALUES (@Me, @until) ON CONFLICT (id) DO UPDATE SET alive_until = @until;
            DELETE FROM processes WHERE alive_until < @longAgo
            """,
            new { Me, until = (now + Length).ToUnixTimeMilliseconds(), longAgo = (now - (100 * Length)).ToUnixTimeMilliseconds() },
            transaction);
    }, cancel);

    /// <summary>How many processes of the register live.</summary>
    public Task<int> CountLivingAsync(CancellationToken cancel) => database.ReadAsync(async connection => (await LivingAsync(connection, null)).Count, cancel);

    /// <summary>Says that this process ends: whatever it leaves may be taken at once.</summary>
    public Task EndAsync() => database.WriteAsync(Writer, transaction => transaction.Connection!.ExecuteAsync("DELETE FROM processes WHERE id = @Me", new { Me }, transaction));

    /// <summary>Takes the unfinished questions on which no living process works.</summary>
    /// <returns>Those that are this process's now, and how many others are being worked on.</returns>
    public async Task<(IReadOnlyList<StoredQuery> Taken, int Others)> TakeAsync(CancellationToken cancel)
    {
        var (unfinished, living) = await database.ReadAsync(async connection =>
            (await QueryStore.UnfinishedAsync(connection), await LivingAsync(connection, null)), cancel);
        var left = unfinished.Where(one => IsLeft(one.Id, one.Owner, living)).Select(one => one.Id).ToList();
        return (left.Count == 0 ? [] : await database.WriteAsync(BudgetStore.Writer, async transaction =>
        {
            var now = await LivingAsync(transaction.Connection!, transaction);
            return await QueryStore.TakeAsync(transaction, left, Me, owner => owner is null || owner == Me || !now.Contains(owner));
        }, cancel), unfinished.Count - left.Count);
    }

    private bool IsLeft(string question, string? owner, HashSet<string> living) => owner == Me ? !working.ContainsKey(question) : owner is null || !living.Contains(owner);

    private async Task<HashSet<string>> LivingAsync(System.Data.Common.DbConnection connection, System.Data.Common.DbTransaction? within) =>
        [.. await connection.QueryAsync<string>("SELECT id FROM processes WHERE alive_until > @now", new { now = clock.GetUtcNow().ToUnixTimeMilliseconds() }, within)];

    private sealed class Working(QuestionOwners owners, string question) : IDisposable
    {
        public void Dispose()
        {
            if (owners.working.AddOrUpdate(question, 0, (_, times) => times - 1) <= 0)
            {
                owners.working.TryRemove(KeyValuePair.Create(question, 0));
            }
        }
    }
}
