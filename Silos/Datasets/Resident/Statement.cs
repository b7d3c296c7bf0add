using System.Globalization;
using System.Text;
using Npgsql;

namespace Silos.Datasets.Resident;

/// <summary>SQL with its values apart from it. Numbers stand in the text; texts and bytes never do.</summary>
internal sealed class Statement
{
    private readonly List<object> values = [];

    public StringBuilder Sql { get; } = new();

    /// <summary>A value; what it gives stands for it in the text.</summary>
    public string Value(object value)
    {
        values.Add(value);
        return string.Create(CultureInfo.InvariantCulture, $"${values.Count}");
    }

    public NpgsqlCommand On(NpgsqlConnection connection, NpgsqlTransaction transaction)
    {
        var command = new NpgsqlCommand(Sql.ToString(), connection, transaction) { CommandTimeout = 0 };
        foreach (var value in values)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        }

        return command;
    }
}
