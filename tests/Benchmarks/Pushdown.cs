using System.Collections;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Anonymizer.DifferentialPrivacy.Queries;
using Anonymizer.DifferentialPrivacy.Sampling;
using Npgsql;
using Silos.Datasets.Resident;
using Silos.Extracts;
using Silos.Ingestion.Definitions;
using Silos.Ingestion.Hierarchies;
using Silos.Samples;
using Story;

namespace Benchmarks;

/// <summary>
/// <c>pushdown [patients]</c>: a resident dataset of so many made-up patients (10,000,000 by default; 2 GB of disk) over three PostgreSQL servers of the run's
/// own, every twentieth not in the cohort: a grouped count and mean, and an extract's lattice search from combinations; then the same on one server.
/// Times, the plan, and the most memory that this process, which stands for the silo, ever held.
/// </summary>
internal static class Pushdown
{
    private const int Parts = 3;
    private const string Columns =
        "part smallint NOT NULL, record bigint NOT NULL, patient_id text NOT NULL, age bigint, sex text, municipality text, diagnoses text, hba1c bigint, sbp bigint, encounters bigint, mesoregion text";

    public static async Task<int> RunAsync(string[] args)
    {
        var patients = 10_000_000;
        if (args.Length > 1 || (args.Length == 1 && (!int.TryParse(args[0], NumberStyles.None, CultureInfo.InvariantCulture, out patients) || patients < 1_000)))
        {
            Console.Error.WriteLine($"pushdown takes the number of patients, from 1000; it was '{string.Join(' ', args)}'");
            return 2;
        }

        if (PostgresServer.Find() is null)
        {
            Console.Error.WriteLine(PostgresServer.Missing);
            return 2;
        }

        var definition = SampleDefinitions.Read(SampleDefinitions.Minas);
        var schema = Schema.Parse(JsonDocument.Parse(definition.ToSchemaJson()).RootElement);
        var table = new ResidentTable("patients", schema, patients, 1);
        var cohort = new byte[(patients + 7) / 8];
        new BitArray([.. Enumerable.Range(0, patients).Select(record => record % 20 != 0)]).CopyTo(cohort, 0);

        await using var servers = await PostgresServers.StartAsync(Parts, "cohorts");
        var clock = Stopwatch.StartNew();
        await servers.CreateAsync("patients", Columns.Replace("patient_id", schema.Unit.Attribute, StringComparison.Ordinal));
        await Task.WhenAll(Enumerable.Range(0, Parts).Select(part => FillAsync(servers.Databases[part], $"patients_{part}", patients, [part], schema.Unit.Attribute)));
        await servers.RunAsync(0, "ANALYZE patients");
        Say($"{patients} patients made on {Parts} servers", clock);
        var spread = await AskAsync(servers.Databases[0], table, definition, cohort, $"{Parts} servers");

        await using var one = await servers.OnFirstAsync("single");
        clock.Restart();
        await RunAsync(one, $"CREATE TABLE patients ({Columns.Replace("patient_id", schema.Unit.Attribute, StringComparison.Ordinal)}) PARTITION BY LIST (part)");
        for (var part = 0; part < Parts; part++)
        {
            await RunAsync(one, string.Create(CultureInfo.InvariantCulture, $"CREATE TABLE patients_{part} PARTITION OF patients FOR VALUES IN ({part})"));
        }

        await FillAsync(one, "patients", patients, [.. Enumerable.Range(0, Parts)], schema.Unit.Attribute);
        await RunAsync(one, "ANALYZE patients");
        Say($"{patients} patients made on one server", clock);
        var single = await AskAsync(one, table, definition, cohort, "one server");

        var same = spread.Answer.AsSpan().SequenceEqual(single.Answer) && spread.Levels.SequenceEqual(single.Levels);
        Console.WriteLine($"same answer and same levels: {(same ? "yes" : "NO")}");
        using var process = Process.GetCurrentProcess();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"most memory of this process: {process.PeakWorkingSet64 / 1_048_576} MB"));
        return same ? 0 : 1;
    }

    private static async Task<(byte[] Answer, IReadOnlyList<int> Levels)> AskAsync(NpgsqlDataSource database, ResidentTable table, DatasetDefinition definition, byte[] cohort, string where)
    {
        var query = Query.Parse(
            JsonDocument.Parse("""{"groupBy":["sex"],"measures":[{"kind":"count"},{"kind":"mean","attribute":"hba1c","lower":4,"upper":14}],"loss":{"epsilon":0.5,"delta":1e-6}}""").RootElement,
            table.Schema);
        var count = new CountResident(database, table);
        Console.WriteLine(await count.ExplainAsync(query, cohort, ReleaseExact.ContributionOrder(Source()), default) is var plan ? Shortened(plan) : "");
        byte[] answer = [];
        foreach (var time in new[] { "first", "second" })
        {
            var asked = Stopwatch.StartNew();
            answer = (await count.AnswerAsync(query, cohort, Source(), 11, default)).ToUtf8();
            Say($"{where}: count and mean by sex, {time} time", asked);
        }

        Console.WriteLine(System.Text.Encoding.UTF8.GetString(answer));
        var (quasi, sensitive) = RecodeCohort.Combined(definition);
        var clock = Stopwatch.StartNew();
        var combinations = await new CombineResident(database, table).CombinationsAsync(quasi, sensitive, cohort, default);
        Say($"{where}: {combinations.Times.Count(times => times > 0)} combinations of {string.Join(", ", quasi)}, {combinations.Times.Length} with {string.Join(", ", sensitive)}", clock);
        clock.Restart();
        var levels = RecodeCohort.FindLevels(definition, combinations) ?? [];
        Say($"{where}: lattice search, levels {string.Join(',', levels)}", clock);
        return (answer, levels);
    }

    // Made by each server from the patient's number alone, so that every way of laying them out holds the same rows.
    private static async Task FillAsync(NpgsqlDataSource database, string target, int patients, int[] parts, string unit)
    {
        var drawn = (string name, int salt, int below) => string.Create(CultureInfo.InvariantCulture, $"abs(hashint8extended(r, {salt}) % {below})::int AS {name}");
        await using var command = database.CreateCommand(
            $"""
            INSERT INTO {target} (part, record, {unit}, age, sex, municipality, diagnoses, hba1c, sbp, encounters, mesoregion)
            SELECT r % {Parts}, r, 'p-' || r, least(a, b + 40), CASE WHEN s < 51 THEN 'female' WHEN s < 98 THEN 'male' WHEN s < 99 THEN 'other' ELSE 'unknown' END, $1[1 + t],
                $2[1 + d], CASE WHEN h < 40 THEN NULL ELSE h END, 90 + p, e, $3[1 + t]
            FROM (SELECT r, {drawn("a", 1, 100)}, {drawn("b", 2, 60)}, {drawn("s", 3, 100)}, {drawn("t", 4, Municipalities.All.Count)}, {drawn("d", 5, 8)}, {drawn("h", 6, 140)},
                {drawn("p", 7, 110)}, {drawn("e", 8, 30)} FROM generate_series(0::bigint, {patients - 1}) r WHERE r % {Parts} = ANY($4)) drawn
            """);
        command.CommandTimeout = 0;
        command.Parameters.AddWithValue(Municipalities.All.Select(one => one.Code).ToArray());
        command.Parameters.AddWithValue(new string?[] { null, null, "E11.9", "E11.9|I10", "I10", "J45.0", "N18.3", "E10.1" });
        command.Parameters.AddWithValue(Municipalities.All.Select(one => one.Mesoregion).ToArray());
        command.Parameters.AddWithValue(parts);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task RunAsync(NpgsqlDataSource database, string sql)
    {
        await using var command = database.CreateCommand(sql);
        command.CommandTimeout = 0;
        await command.ExecuteNonQueryAsync();
    }

    // The cohort is a parameter of a megabyte: of its text the beginning is enough.
    private static string Shortened(string plan) => string.Join('\n', plan.Split('\n').Select(line => line.Length > 240 ? line[..240] + "…" : line));

    private static PrfRandomSource Source() => new(new byte[PrfRandomSource.KeyLength]);

    private static void Say(string what, Stopwatch clock) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{clock.Elapsed.TotalSeconds,8:F2} s  {what}"));
}
