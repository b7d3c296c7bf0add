using System.Collections;
using System.Globalization;
using System.Text.Json;
using Anonymizer.DifferentialPrivacy.Queries;
using Anonymizer.Tables;
using Npgsql;
using Silos.Datasets.Resident;

namespace Silos.Tests.Resident;

/// <summary>Made-up rows, once as a table in memory and once as they lie in PostgreSQL.</summary>
internal sealed class ResidentRows
{
    public const string Attributes =
        """
        {"age":{"type":"integer","lower":0,"upper":99},"hba1c":{"type":"decimal","step":"0.1","lower":4,"upper":14},
         "sex":{"type":"category","values":["female","male"]},"town":{"type":"category"},"diagnosis":{"type":"codes"}}
        """;

    private readonly List<string?[]> rows = [];
    private readonly List<int> recordOf = [];

    /// <param name="patients">How many.</param>
    /// <param name="most">Rows of a patient, from 1 to this.</param>
    public ResidentRows(int seed, int patients, int most, int maxRows, int maxGroups)
    {
        Schema = Schema.Parse(JsonDocument.Parse(
            $$"""{"privacyUnit":"patient","attributes":{{Attributes}},"maxRowsPerUnit":{{maxRows}},"maxGroupsPerUnit":{{maxGroups}}}""").RootElement);
        var draw = new Random(seed);
        string[] codes = ["E11.9", "E10.1", "I10", "I11.0", "J45|x", "é'\"", "Z00"];
        for (var record = 0; record < patients; record++)
        {
            for (var row = draw.Next(most); row >= 0; row--)
            {
                recordOf.Add(record);
                rows.Add(
                [
                    FormattableString.Invariant($"p-{record}-ü'{(char)('a' + (record % 26))}"),
                    draw.Next(20) == 0 ? null : draw.Next(100).ToString(CultureInfo.InvariantCulture),
                    draw.Next(10) == 0 ? null : (draw.Next(40, 141) / 10m).ToString(CultureInfo.InvariantCulture),
                    draw.Next(15) == 0 ? null : draw.Next(2) == 0 ? "female" : "male",
                    draw.Next(15) == 0 ? null : "town " + (char)('A' + Math.Min(draw.Next(9), draw.Next(9))),
                    draw.Next(8) == 0 ? null : string.Join('|', codes.Where(_ => draw.Next(3) == 0)),
                ]);
            }
        }

        Cohort = new BitArray(patients);
        for (var record = 0; record < patients; record++)
        {
            Cohort[record] = draw.Next(20) != 0;
        }

        var builder = new TableBuilder(Schema, ["patient", "age", "hba1c", "sex", "town", "diagnosis"]);
        rows.ForEach(row => builder.Add(row));
        Table = builder.Build();
        Resident = new ResidentTable("cohorts.patients", Schema, patients, recordOf.GroupBy(record => record).Max(one => one.Count()));
    }

    public Schema Schema { get; }

    public Table Table { get; }

    public ResidentTable Resident { get; }

    /// <summary>Who may be used, by patient.</summary>
    public BitArray Cohort { get; }

    /// <summary>The same, a flag a row of <see cref="Table"/>.</summary>
    public bool[] Flags => [.. recordOf.Select(record => Cohort[record])];

    /// <summary>The same, as a database takes it.</summary>
    public byte[] Bits
    {
        get
        {
            var bits = new byte[(Cohort.Length + 7) / 8];
            Cohort.CopyTo(bits, 0);
            return bits;
        }
    }

    /// <summary>Makes the table on one server, in two parts.</summary>
    public async Task WriteAsync(NpgsqlDataSource database)
    {
        await using (var create = database.CreateCommand(
            $"""
            CREATE SCHEMA cohorts;
            CREATE TABLE cohorts.patients ({ResidentCopy.Columns(Table)}) PARTITION BY LIST (part);
            CREATE TABLE cohorts.patients_0 PARTITION OF cohorts.patients FOR VALUES IN (0);
            CREATE TABLE cohorts.patients_1 PARTITION OF cohorts.patients FOR VALUES IN (1);
            """))
        {
            await create.ExecuteNonQueryAsync();
        }

        await ResidentCopy.RunAsync(database, "cohorts.patients", Table, row => recordOf[row], 2);
    }
}
