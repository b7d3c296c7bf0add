using System.Data.Common;
using System.Text;
using Dapper;
using Silos.Budgets;
using Silos.Datasets;
using Silos.Ledger.Storage;

namespace Silos.Persistence;

/// <summary>
/// Seals anew what does not lie under the newest key of its owner: for a rotation, and once for a database from before datasets had keys. Steps of so many rows, each durable; whatever
/// ends it, the next run goes on where it was, and a key is dropped only when a count finds nothing under it.
/// </summary>
/// <param name="rows">In one step; 1 or more.</param>
public sealed class Reseal(Database database, Vault vault, int rows = 1_000)
{
    /// <summary>Everything that is sealed. "a" and "b" name a row, in the order in which they are walked; "bytes" are null, and "salt" or "text" stands in their place, where they still lie open.</summary>
    private static readonly SealedColumn[] OfDatasets =
    [
        new(
            "records",
            "SELECT patient AS a, from_version AS b, CASE WHEN length(salt) = 0 THEN body END AS bytes, CASE WHEN length(salt) > 0 THEN body END AS body, salt FROM records WHERE dataset = @of AND length(body) > 0 AND (length(salt) > 0 OR substr(body, 1, 9) <> @head) AND (patient, from_version) > (@a, @b) ORDER BY patient, from_version LIMIT @rows",
            "UPDATE records SET body = @bytes, salt = @empty WHERE dataset = @of AND patient = @a AND from_version = @b",
            row => DatasetStore.RecordLabel(row.A, row.B)),
        new(
            "load reports",
            "SELECT '' AS a, version AS b, sealed_report AS bytes, report AS text FROM dataset_versions WHERE dataset = @of AND (sealed_report IS NULL OR substr(sealed_report, 1, 9) <> @head) AND version > @b ORDER BY version LIMIT @rows",
            "UPDATE dataset_versions SET sealed_report = @bytes, report = '' WHERE dataset = @of AND version = @b",
            row => DatasetStore.ReportLabel(row.B)),
        new(
            "answers",
            "SELECT id AS a, sealed_answer AS bytes FROM queries WHERE dataset = @of AND sealed_answer IS NOT NULL AND substr(sealed_answer, 1, 9) <> @head AND id > @a ORDER BY id LIMIT @rows",
            "UPDATE queries SET sealed_answer = @bytes WHERE id = @a",
            row => "answer:" + row.A),
        new(
            "cohorts",
            "SELECT c.query AS a, c.sealed AS bytes FROM query_cohorts c JOIN queries q ON q.id = c.query WHERE q.dataset = @of AND substr(c.sealed, 1, 9) <> @head AND c.query > @a ORDER BY c.query LIMIT @rows",
            "UPDATE query_cohorts SET sealed = @bytes WHERE query = @a",
            row => "cohort:" + row.A),
        new(
            "files' classes",
            "SELECT id AS a, sealed_classes AS bytes FROM extracts WHERE dataset = @of AND substr(sealed_classes, 1, 9) <> @head AND id > @a ORDER BY id LIMIT @rows",
            "UPDATE extracts SET sealed_classes = @bytes WHERE id = @a",
            row => "classes:" + row.A),
    ];

    private static readonly SealedColumn[] OfHost =
    [
        new(
            "seeds",
            "SELECT id AS a, sealed AS bytes FROM seeds WHERE substr(sealed, 1, 9) <> @head AND id > @a ORDER BY id LIMIT @rows",
            "UPDATE seeds SET sealed = @bytes WHERE id = @a",
            row => "seed:" + row.A),
    ];

    /// <summary>Gives an owner a newer key, seals everything of its under it, and drops the older ones.</summary>
    /// <param name="of">A dataset's id, or <see cref="Vault.Host"/>.</param>
    /// <param name="say">Is told after each step how many rows were sealed by it, and of what.</param>
    /// <exception cref="MissingKeyException">The owner has no key, or not all of those under which something lies.</exception>
    public async Task RotateAsync(string of, Action<string, int> say, CancellationToken cancel)
    {
        if (!vault.Holds(of))
        {
            throw new MissingKeyException(of, vault.Path);
        }

        vault.EnsureNewerKey(of);
        await RunAsync(of, say, cancel);
        vault.DropOlderKeys(of);
    }

    /// <summary>Seals what lies as it did before datasets had keys, when a silo starts on such a database; otherwise does nothing.</summary>
    /// <exception cref="MissingKeyException">Seeds that lie ready are under a key that is not in the file.</exception>
    public async Task UpgradeAsync(Action<string, int> say, CancellationToken cancel)
    {
        var open = await database.ReadAsync(async connection => (await connection.QueryAsync<string>("SELECT name FROM datasets WHERE at_rest = @Clear", new { AtRest.Clear })).AsList(), cancel);
        foreach (var dataset in open)
        {
            vault.EnsureKey(dataset);
            await RunAsync(dataset, say, cancel);
        }

        if (vault.HasUnnamed)
        {
            await RunAsync(Vault.Host, say, cancel);
        }

        if (open.Count > 0)
        {
            await database.RewriteAsync(["records", "dataset_versions"], cancel);
            await database.WriteAsync(DatasetStore.Writer(open[0]), async transaction =>
            {
                foreach (var dataset in open)
                {
                    await DatasetStore.MarkAsync(transaction, dataset, AtRest.Sealed);
                }
            }, cancel);
        }

        vault.DropUnnamed();
        await CheckSeedsAsync(cancel);
    }

    /// <summary>Drops a dataset's keys: its records, reports, answers, cohorts and files can be read nowhere any more, in this database or in a backup of it.</summary>
    /// <returns>How many keys it had; null where no such dataset is registered.</returns>
    public async Task<int?> EraseAsync(string dataset, CancellationToken cancel)
    {
        var known = await database.ReadAsync(connection => connection.ExecuteScalarAsync<long>("SELECT COUNT(*) FROM datasets WHERE name = @dataset", new { dataset }), cancel);
        if (known == 0)
        {
            return null;
        }

        var dropped = vault.DropKeys(dataset);
        await database.WriteAsync(DatasetStore.Writer(dataset), transaction => DatasetStore.MarkAsync(transaction, dataset, AtRest.Erased), cancel);
        return dropped;
    }

    private async Task RunAsync(string of, Action<string, int> say, CancellationToken cancel)
    {
        foreach (var column in of == Vault.Host ? OfHost : OfDatasets)
        {
            SealedRow? last = new();
            while (last is { } after)
            {
                (last, var count) = await database.WriteAsync(BudgetStore.Writer, transaction => StepAsync(transaction, of, column, after), cancel);
                if (count > 0)
                {
                    say(column.Name, count);
                }
            }

            if (await database.WriteAsync(BudgetStore.Writer, async transaction => (await ReadAsync(transaction, of, column, new SealedRow())).Count, cancel) is var left and > 0)
            {
                throw new InvalidOperationException($"{left} {column.Name} of '{of}' came meanwhile under an older key: a process of this silo runs; end it, and begin again");
            }
        }
    }

    /// <returns>The last row of the step, or null when there was none; and how many.</returns>
    private async Task<(SealedRow? Last, int Count)> StepAsync(DbTransaction transaction, string of, SealedColumn column, SealedRow after)
    {
        var found = await ReadAsync(transaction, of, column, after);
        foreach (var row in found)
        {
            var label = column.Label(row);
            var clear = row.Body is { } body ? DatasetStore.Packed(row.Salt, body)
                : row.Bytes is { } bytes ? vault.Open(of, bytes, label)
                : Encoding.UTF8.GetBytes(row.Text!);
            await transaction.Connection!.ExecuteAsync(column.Update, new { of, a = row.A, b = row.B, bytes = vault.Seal(of, clear, label), empty = Array.Empty<byte>() }, transaction);
        }

        return (found.LastOrDefault(), found.Count);
    }

    private async Task<List<SealedRow>> ReadAsync(DbTransaction transaction, string of, SealedColumn column, SealedRow after) =>
        (await transaction.Connection!.QueryAsync<SealedRow>(column.Select, new { of, head = vault.Head(of), a = after.A, b = after.B, rows }, transaction)).AsList();

    private async Task CheckSeedsAsync(CancellationToken cancel)
    {
        var ready = await database.ReadAsync(async connection => (await connection.QueryAsync<byte[]>("SELECT sealed FROM seeds WHERE used_by IS NULL")).AsList(), cancel);
        if (ready.Any(seed => !vault.Knows(Vault.Host, seed)))
        {
            throw new MissingKeyException(Vault.Host, vault.Path);
        }
    }

    private sealed record SealedColumn(string Name, string Select, string Update, Func<SealedRow, string> Label);

    private sealed record SealedRow
    {
        public string A { get; init; } = "";

        public long B { get; init; } = -1;

        public byte[]? Bytes { get; init; }

        public byte[]? Body { get; init; }

        public byte[] Salt { get; init; } = [];

        public string? Text { get; init; }
    }
}
