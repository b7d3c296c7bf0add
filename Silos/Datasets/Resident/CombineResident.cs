using System.Globalization;
using Anonymizer.DifferentialPrivacy.Queries;
using Anonymizer.LatticeSearch;
using Anonymizer.Tables;
using Npgsql;

namespace Silos.Datasets.Resident;

/// <summary>Reads of a resident table what a cohort file is made from: its different combinations, counted there, and, only when a file is written, the cohort's rows.</summary>
public sealed class CombineResident(NpgsqlDataSource database, ResidentTable table)
{
    /// <summary>The different combinations of the quasi-identifiers in the cohort, and of each with every attribute that a model asks about. Each part is
    /// combined by the server that holds it.</summary>
    /// <param name="cohort">A bit a patient by number, as <see cref="CountResident.AnswerAsync"/> takes it.</param>
    public async Task<CountedCombinations> CombinationsAsync(IReadOnlyList<string> quasi, IReadOnlyList<string> asked, byte[] cohort, CancellationToken cancel)
    {
        var texts = quasi.Concat(asked).Select(name => new Texts(name, table.Schema.Attributes[name])).ToList();
        var times = new List<int>();
        var ofValue = asked.ToDictionary(name => name, _ => new List<int>(), StringComparer.Ordinal);
        foreach (var value in asked.Prepend(null))
        {
            IReadOnlyList<string> read = value is null ? quasi : [.. quasi, value];
            var columns = string.Join(", ", read.Select(ResidentTable.Quote));
            var statement = new Statement();
            statement.Sql.Append(CultureInfo.InvariantCulture, $"SELECT {columns}, sum(n)::bigint FROM (SELECT part, {columns}, count(*) AS n FROM {table.Quoted} WHERE {InCohort(statement, cohort)} GROUP BY part, {columns}) x GROUP BY {columns}");
            await foreach (var reader in ReadAsync(statement, cancel))
            {
                for (var i = 0; i < texts.Count; i++)
                {
                    texts[i].Add(reader, i < quasi.Count ? i : texts[i].Name == value ? quasi.Count : null);
                }

                var rows = checked((int)reader.GetInt64(read.Count));
                times.Add(value is null ? rows : 0);
                foreach (var (name, counts) in ofValue)
                {
                    counts.Add(name == value ? rows : 0);
                }
            }
        }

        return new CountedCombinations(
            new Table([.. texts.Select(column => column.Column())]), [.. times], ofValue.ToDictionary(one => one.Key, one => one.Value.ToArray(), StringComparer.Ordinal));
    }

    /// <summary>The cohort's rows with these attributes, each cell by its text, and whose they are. They travel: a file is written from them.</summary>
    public async Task<(Table Table, IReadOnlyList<string> Patients)> RowsAsync(IReadOnlyList<string> attributes, byte[] cohort, CancellationToken cancel)
    {
        var statement = new Statement();
        var unit = ResidentTable.Quote(table.Schema.Unit.Attribute);
        statement.Sql.Append(CultureInfo.InvariantCulture, $"SELECT {unit}{string.Concat(attributes.Select(name => ", " + ResidentTable.Quote(name)))} FROM {table.Quoted} WHERE {InCohort(statement, cohort)}");
        var texts = attributes.Select(name => new Texts(name, table.Schema.Attributes[name])).ToList();
        var patients = new List<string>();
        await foreach (var reader in ReadAsync(statement, cancel))
        {
            patients.Add(reader.GetString(0));
            texts.ForEach(column => column.Add(reader, texts.IndexOf(column) + 1));
        }

        return (new Table([.. texts.Select(column => column.Column())]), patients);
    }

    private static string InCohort(Statement statement, byte[] cohort) => $"get_bit({statement.Value(cohort)}::bytea, {ResidentTable.Record}) = 1";

    private async IAsyncEnumerable<NpgsqlDataReader> ReadAsync(Statement statement, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var moment = await ResidentSession.BeginAsync(connection, cancel);
        await using var command = statement.On(connection, moment);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            yield return reader;
        }
    }

    // A column by its text, as a column in memory gives it.
    private sealed class Texts(string name, AttributeType type)
    {
        private readonly List<string> values = [];
        private readonly Dictionary<string, int> ofText = new(StringComparer.Ordinal);
        private readonly Dictionary<long, int> ofTick = [];
        private readonly List<int> codes = [];

        public string Name => name;

        /// <param name="at">Where the cell is; null where the row says nothing of it.</param>
        public void Add(NpgsqlDataReader reader, int? at)
        {
            if (at is not { } column || reader.IsDBNull(column))
            {
                codes.Add(CategoryColumn.Null);
            }
            else if (type is NumberType number)
            {
                codes.Add(Of(ofTick, reader.GetInt64(column), tick => new NumberColumn(name, (decimal)number.Step.Numerator / (decimal)number.Step.Denominator, [tick]).Text(0)!));
            }
            else
            {
                codes.Add(Of(ofText, reader.GetString(column), text => text));
            }
        }

        public CategoryColumn Column() => new(name, values, [.. codes]);

        private int Of<T>(Dictionary<T, int> known, T cell, Func<T, string> text)
            where T : notnull
        {
            if (!known.TryGetValue(cell, out var code))
            {
                code = values.Count;
                known.Add(cell, code);
                values.Add(text(cell));
            }

            return code;
        }
    }
}
