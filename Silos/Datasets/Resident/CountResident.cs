using System.Data;
using System.Globalization;
using System.Numerics;
using Anonymizer.DifferentialPrivacy.Queries;
using Anonymizer.DifferentialPrivacy.Sampling;
using Npgsql;

namespace Silos.Datasets.Resident;

/// <summary>Answers questions on a resident table: the database counts, and only aggregates come here; noise and release are those of every dataset.</summary>
public sealed class CountResident(NpgsqlDataSource database, ResidentTable table)
{
    /// <summary>The answer that <see cref="Answering.Run"/> gives on the same rows, cohort and source, byte for byte.</summary>
    /// <param name="cohort">A bit a patient by number, the lowest bit of a byte first: who may be used.</param>
    /// <param name="source">The randomness of this one answer.</param>
    public async Task<Answer> AnswerAsync(Query query, byte[] cohort, IRandomSource source, int smallCellFloor, CancellationToken cancel)
    {
        var exact = await CountAsync(query, cohort, ReleaseExact.ContributionOrder(source), cancel);
        return ReleaseExact.Of(query, exact, source, smallCellFloor);
    }

    /// <summary>The exact numbers of every group that holds a row. They are of one moment, however many statements they take.</summary>
    public async Task<IReadOnlyCollection<ExactGroup>> CountAsync(Query query, byte[] cohort, PrfOrder order, CancellationToken cancel)
    {
        if (!ReferenceEquals(query.Schema, table.Schema))
        {
            throw new ArgumentException("the question was read with another schema", nameof(query));
        }

        var found = new Found(query);
        var asked = Asked(query, cohort, order).ToList();
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var moment = await ResidentSession.BeginAsync(connection, cancel);
        foreach (var (statement, keep) in asked)
        {
            await using var command = statement.On(connection, moment);
            await using var reader = await command.ExecuteReaderAsync(cancel);
            while (await reader.ReadAsync(cancel))
            {
                keep(found, reader);
            }
        }

        return found.Groups();
    }

    /// <summary>The plan that the database makes for the first of a question's statements, for whoever runs it.</summary>
    public async Task<string> ExplainAsync(Query query, byte[] cohort, PrfOrder order, CancellationToken cancel)
    {
        var statement = Asked(query, cohort, order).First().Statement;
        statement.Sql.Insert(0, "EXPLAIN (VERBOSE, COSTS OFF) ");
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var moment = await ResidentSession.BeginAsync(connection, cancel);
        await using var command = statement.On(connection, moment);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var lines = new List<string>();
        while (await reader.ReadAsync(cancel))
        {
            lines.Add(reader.GetString(0));
        }

        return string.Join('\n', lines);
    }

    // One statement for all that stands side by side, one for each measure that is spread over places or counts what differs.
    private IEnumerable<(Statement Statement, Action<Found, NpgsqlDataReader> Keep)> Asked(Query query, byte[] cohort, PrfOrder order)
    {
        var exact = query.Measures.Select(ExactNumbers.Of).ToList();
        var powers = exact.Select((numbers, measure) => (Numbers: numbers as ExactNumbers.Powers, Measure: measure)).Where(one => one.Numbers is not null).ToList();
        yield return Written(rows => WriteNumbers.Sums(rows, powers.SelectMany(one => WriteNumbers.Powers(one.Numbers!, TypeOf(one.Numbers!.Attribute), rows.Cell(one.Numbers.Attribute))).Prepend("count(*)")), (found, reader) =>
        {
            var group = found.Of(reader);
            var at = query.GroupBy.Count;
            group.Rows = Number(reader, at++);
            foreach (var (numbers, measure) in powers)
            {
                for (var power = 0; power < numbers!.Count; power++)
                {
                    group.Numbers[measure][power] = Number(reader, at++);
                }
            }
        });
        var needsUnits = query.HasPrivateKeys || exact.Any(numbers => numbers is ExactNumbers.Units);
        if (needsUnits && table.MostRows > 1)
        {
            yield return Written(rows => WriteNumbers.Different(rows, "rec"), (found, reader) => found.Of(reader).Patients = Number(reader, query.GroupBy.Count));
        }

        for (var measure = 0; measure < exact.Count; measure++)
        {
            var place = measure;
            switch (exact[measure])
            {
                case ExactNumbers.Different different:
                    yield return Written(rows => WriteNumbers.Different(rows, rows.Cell(different.Attribute)), (found, reader) => found.Of(reader).Numbers[place][0] = Number(reader, query.GroupBy.Count));
                    break;
                case ExactNumbers.Cells cells:
                    yield return Spread(rows => WriteNumbers.Place(cells, rows.Cell(cells.Attribute)), cells.Attribute, reader => (int)reader.GetInt64(query.GroupBy.Count));
                    break;
                case ExactNumbers.Bins bins:
                    yield return Spread(rows => WriteNumbers.Place(bins, rows.Cell(bins.Attribute)), bins.Attribute, reader => Convert.ToInt32(reader.GetValue(query.GroupBy.Count), CultureInfo.InvariantCulture));
                    break;
                case ExactNumbers.Values values:
                    var declared = values.Declared.ToList();
                    yield return Spread(rows => rows.Cell(values.Attribute), values.Attribute, reader => declared.IndexOf(reader.GetString(query.GroupBy.Count)));
                    break;
                default:
                    break;
            }

            (Statement, Action<Found, NpgsqlDataReader>) Spread(Func<WriteRows, string> where, string attribute, Func<NpgsqlDataReader, int> placeOf) =>
                Written(rows => WriteNumbers.Spread(rows, where(rows), rows.Cell(attribute)), (found, reader) =>
                {
                    if (placeOf(reader) is var one and >= 0)
                    {
                        found.Of(reader).Numbers[place][one] = Number(reader, query.GroupBy.Count + 1);
                    }
                });
        }

        (Statement, Action<Found, NpgsqlDataReader>) Written(Func<WriteRows, string> write, Action<Found, NpgsqlDataReader> keep)
        {
            var statement = new Statement();
            statement.Sql.Append(write(new WriteRows(table, query, cohort, order, statement)));
            return (statement, keep);
        }
    }

    private NumberType TypeOf(string attribute) => (NumberType)table.Schema.Attributes[attribute];

    private static Int128 Number(NpgsqlDataReader reader, int column) =>
        reader.IsDBNull(column) ? 0 : (Int128)reader.GetFieldValue<BigInteger>(column);

    // Groups as rows of the answers name them.
    private sealed class Found(Query query)
    {
        private readonly Dictionary<string, Counting> groups = new(StringComparer.Ordinal);

        public Counting Of(NpgsqlDataReader reader)
        {
            var key = new string[query.GroupBy.Count];
            for (var i = 0; i < key.Length; i++)
            {
                key[i] = reader.GetString(i);
            }

            var name = PrfOrder.Name("", key);
            return groups.TryGetValue(name, out var known) ? known
                : groups[name] = new Counting(key, [.. query.Measures.Select(measure => new Int128[ExactNumbers.Of(measure).Count])]);
        }

        public IReadOnlyCollection<ExactGroup> Groups() => [.. groups.Values.Select(group => group.Made(query))];
    }

    private sealed class Counting(string[] key, Int128[][] numbers)
    {
        public Int128[][] Numbers => numbers;

        public Int128 Rows { get; set; }

        public Int128? Patients { get; set; }

        public ExactGroup Made(Query query)
        {
            for (var measure = 0; measure < numbers.Length; measure++)
            {
                switch (ExactNumbers.Of(query.Measures[measure]))
                {
                    case ExactNumbers.Rows:
                        numbers[measure][0] = Rows;
                        break;
                    case ExactNumbers.Units:
                        numbers[measure][0] = Patients ?? Rows;
                        break;
                    default:
                        break;
                }
            }

            return new ExactGroup(key, (long)Rows, (long)(Patients ?? Rows), numbers);
        }
    }
}
