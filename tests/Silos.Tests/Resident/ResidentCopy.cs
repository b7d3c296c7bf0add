using Anonymizer.Tables;
using Npgsql;

namespace Silos.Tests.Resident;

/// <summary>Lays rows of a table in memory down in PostgreSQL, in the form that a resident dataset has.</summary>
internal static class ResidentCopy
{
    /// <summary>The columns as CREATE TABLE takes them; the first of the table's is the privacy unit.</summary>
    public static string Columns(Table table) => "part smallint NOT NULL, record bigint NOT NULL" + string.Concat(table.Columns.Select((column, i) =>
        $", \"{column.Name}\" {(column is NumberColumn ? "bigint" : "text")}{(i == 0 ? " NOT NULL" : "")}"));

    /// <summary>Copies some rows into a table, the last first.</summary>
    /// <param name="recordOf">The patient's number of each row.</param>
    /// <param name="parts">How many parts: a patient lies in the one of her number modulo this.</param>
    /// <param name="only">The part whose rows are copied; null for all.</param>
    public static async Task RunAsync(NpgsqlDataSource database, string target, Table table, Func<int, int> recordOf, int parts, int? only = null)
    {
        await using var connection = await database.OpenConnectionAsync();
        var names = string.Join(", ", table.Columns.Select(column => $"\"{column.Name}\"").Prepend("record").Prepend("part"));
        await using var copy = await connection.BeginBinaryImportAsync($"COPY {target} ({names}) FROM STDIN (FORMAT BINARY)");
        for (var row = table.Count - 1; row >= 0; row--)
        {
            var record = recordOf(row);
            if (only is { } part && record % parts != part)
            {
                continue;
            }

            await copy.StartRowAsync();
            await copy.WriteAsync((short)(record % parts));
            await copy.WriteAsync((long)record);
            foreach (var column in table.Columns)
            {
                switch (column)
                {
                    case var empty when empty.IsNull(row):
                        await copy.WriteNullAsync();
                        break;
                    case NumberColumn numbers:
                        await copy.WriteAsync(numbers.Ticks[row]);
                        break;
                    default:
                        await copy.WriteAsync(column.Text(row)!);
                        break;
                }
            }
        }

        await copy.CompleteAsync();
    }
}
