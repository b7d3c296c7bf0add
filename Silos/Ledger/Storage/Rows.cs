using System.Data.Common;
using System.Globalization;
using System.Text;

namespace Silos.Ledger.Storage;

/// <summary>Many rows in one statement: <c>VALUES (…),(…)</c> with a parameter for every value, as both engines take it.</summary>
public static class Rows
{
    /// <summary>Most values in one statement; SQLite takes 32,766.</summary>
    private const int MostValues = 30_000;

    /// <summary>Runs <paramref name="before"/> VALUES … <paramref name="after"/>, in as few statements as the engines allow.</summary>
    /// <param name="rows">Equally long; an empty list does nothing.</param>
    /// <returns>How many rows were changed.</returns>
    public static async Task<int> WriteAsync(DbTransaction within, string before, IReadOnlyCollection<object?[]> rows, string after = "")
    {
        var changed = 0;
        foreach (var chunk in Chunks(rows))
        {
            await using var command = Command(within.Connection!, within, before, chunk, after);
            changed += await command.ExecuteNonQueryAsync();
        }

        return changed;
    }

    /// <summary>Like <see cref="WriteAsync"/>, and gives what the statement returns.</summary>
    public static async Task<List<T>> ReadAsync<T>(DbConnection connection, DbTransaction? within, string before, IReadOnlyCollection<object?[]> rows, string after, Func<DbDataReader, T> read)
    {
        var found = new List<T>();
        foreach (var chunk in Chunks(rows))
        {
            await using var command = Command(connection, within, before, chunk, after);
            await using var reader = await command.ExecuteReaderAsync();
            while (await reader.ReadAsync())
            {
                found.Add(read(reader));
            }
        }

        return found;
    }

    private static IEnumerable<object?[][]> Chunks(IReadOnlyCollection<object?[]> rows) => rows.Count == 0 ? [] : rows.Chunk(MostValues / rows.First().Length);

    private static DbCommand Command(DbConnection connection, DbTransaction? within, string before, object?[][] rows, string after)
    {
        var command = connection.CreateCommand();
        command.Transaction = within;
        var text = new StringBuilder(before).Append(" VALUES ");
        var number = 0;
        foreach (var row in rows)
        {
            text.Append(number == 0 ? "(" : ",(");
            for (var i = 0; i < row.Length; i++)
            {
                var parameter = command.CreateParameter();
                parameter.ParameterName = string.Create(CultureInfo.InvariantCulture, $"@p{number++}");
                parameter.Value = row[i] ?? DBNull.Value;
                command.Parameters.Add(parameter);
                text.Append(i == 0 ? "" : ",").Append(parameter.ParameterName);
            }

            text.Append(')');
        }

        command.CommandText = text.Append(' ').Append(after).ToString();
        return command;
    }
}
