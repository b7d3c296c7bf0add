using Dapper;
using Silos.Ledger.Storage;
using Xunit;

namespace Silos.Tests.Storage;

/// <summary>Many rows in one statement, on both engines.</summary>
public sealed class RowsTests(Postgres postgres) : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("researchhub-rows-");

    public void Dispose() => folder.Delete(recursive: true);

    /// <summary>Goal: both engines take what the stores send: rows with nulls, pairs in a list, an update from a list, more values than one statement holds, a column without any. Method: write, change and read 12,000 rows of three values, and one more whose last is null.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Rows_are_written_changed_and_found_in_few_statements(bool onPostgres)
    {
        await using var database = new Database(onPostgres ? await postgres.NewDatabaseAsync() : $"Data Source={Path.Combine(folder.FullName, "rows.db")};Pooling=False");
        var changed = await database.WriteAsync("rows", async within =>
        {
            await within.Connection!.ExecuteAsync("CREATE TABLE things (id TEXT PRIMARY KEY, number BIGINT NOT NULL, body BYTEA)", transaction: within);
            await Rows.WriteAsync(within, "INSERT INTO things (id, number, body)", [.. Enumerable.Range(0, 12_000).Select(i => (object?[])[$"thing {i}", (long)i, i % 2 == 0 ? null : new byte[] { 1 }])]);
            await Rows.WriteAsync(within, "INSERT INTO things (id, number, body)", []);
            await Rows.WriteAsync(within, "INSERT INTO things (id, number, body)", [["last", 1, null]]);
            return await Rows.WriteAsync(within, "WITH new (id, body) AS (", [["thing 5", new byte[] { 5 }], ["thing 6", new byte[] { 6 }]], ") UPDATE things SET body = new.body FROM new WHERE things.id = new.id");
        }, TestContext.Current.CancellationToken);
        var found = await database.ReadAsync(connection => Rows.ReadAsync(
            connection, null, "SELECT id, body FROM things WHERE (id, number) IN (", [["thing 5", 5L], ["thing 6", 7L], ["thing 7", 7L]], ") ORDER BY id", row => (row.GetString(0), ((byte[])row.GetValue(1))[0])), TestContext.Current.CancellationToken);

        Assert.Equal(2, changed);
        Assert.Equal([("thing 5", 5), ("thing 7", 1)], found);
        Assert.Equal(12_001, await database.ReadAsync(connection => connection.QuerySingleAsync<long>("SELECT COUNT(*) FROM things"), TestContext.Current.CancellationToken));
    }
}
