using System.Data.Common;
using System.Globalization;
using System.Text;
using Npgsql;

namespace Silos.Ledger.Storage;

/// <summary>Many rows in one statement: <c>VALUES (…),(…)</c> on SQLite, arrays on PostgreSQL. A value is a string, byte[], long, int or null.</summary>
public static class Rows
{
    /// <summary>Most values in one statement; SQLite takes 32,766.</summary>
    private const int MostValues = 30_000;

    /// <summary>Runs <paramref name="before"/>, the rows as VALUES would give them, and <paramref name="after"/>, in as few statements as the engines allow.</summary>
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
        command.CommandText = new StringBuilder(before).Append(connection is NpgsqlConnection ? Columns(command, rows) : Values(command, rows)).Append(' ').Append(after).ToString();
        return command;
    }

    /// <summary>A parameter for every value.</summary>
    private static StringBuilder Values(DbCommand command, object?[][] rows)
    {
        var text = new StringBuilder(" VALUES ");
        foreach (var row in rows)
        {
            text.Append(command.Parameters.Count == 0 ? "(" : ",(");
            for (var i = 0; i < row.Length; i++)
            {
                text.Append(i == 0 ? "" : ",").Append(Parameter(command, row[i] ?? DBNull.Value));
            }

            text.Append(')');
        }

        return text;
    }

    /// <summary>A parameter for every column, with its values as an array: the text is the same for any number of rows, so that PostgreSQL parses and plans it once a connection.</summary>
    private static StringBuilder Columns(DbCommand command, object?[][] rows)
    {
        var columns = Enumerable.Range(0, rows[0].Length).Select(column => Array(rows, column)).ToList();
        var held = columns.OfType<Array>().Select(array => Parameter(command, array)).ToList();
        return new StringBuilder(" SELECT ").AppendJoin(',', columns.Select((array, column) => array is null ? "NULL" : $"c{column}"))
            .Append(" FROM unnest(").AppendJoin(',', held).Append(") AS many(").AppendJoin(',', columns.Select((array, column) => array is null ? null : $"c{column}").OfType<string>()).Append(')');
    }

    /// <summary>A column's values; null when it holds none, and so has no type.</summary>
    private static Array? Array(object?[][] rows, int column) => rows.Select(row => row[column]).FirstOrDefault(value => value is not null) switch
    {
        null => null,
        string => System.Array.ConvertAll(rows, row => (string?)row[column]),
        byte[] => System.Array.ConvertAll(rows, row => (byte[]?)row[column]),
        long => System.Array.ConvertAll(rows, row => (long?)row[column]),
        int => System.Array.ConvertAll(rows, row => (int?)row[column]),
        var other => throw new ArgumentException($"rows: column {column} holds a {other.GetType().Name}; allowed are string, byte[], long and int", nameof(rows)),
    };

    private static string Parameter(DbCommand command, object value)
    {
        var parameter = command.CreateParameter();
        parameter.ParameterName = string.Create(CultureInfo.InvariantCulture, $"@p{command.Parameters.Count}");
        parameter.Value = value;
        command.Parameters.Add(parameter);
        return parameter.ParameterName;
    }
}
