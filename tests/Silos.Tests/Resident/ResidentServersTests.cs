using System.Text.Json;
using Anonymizer.DifferentialPrivacy.Queries;
using Npgsql;
using Silos.Datasets;
using Silos.Datasets.Resident;
using Silos.Extracts;
using Silos.Ingestion;
using Silos.Samples;
using Silos.Tests.Ingestion;
using Silos.Tests.Log;
using Story;
using Xunit;

namespace Silos.Tests.Resident;

/// <summary>The sample's patients over three PostgreSQL servers, one of which is asked.</summary>
public sealed class ResidentServersTests
{
    private const int Parts = 3;

    /// <summary>Goal: three servers together give the bytes and the file that one memory gives, and do the work. Method: 3,000 patients of the sample, every
    /// twentieth not in the cohort; a grouped count and mean, the levels of four policies, and an extract with l = 2, both ways; the plan names partitions asked at the same time for aggregates.</summary>
    [Fact]
    public async Task Three_servers_give_the_answer_and_the_file_of_one_memory()
    {
        await using var silo = await LoadingSilo.StartAsync();
        var dataset = await SampleAsync(silo, 3_000);
        await using var servers = await StartAsync();
        await servers.CreateAsync("patients", ResidentCopy.Columns(dataset.Table));
        for (var part = 0; part < Parts; part++)
        {
            await ResidentCopy.RunAsync(servers.Databases[part], $"patients_{part}", dataset.Table, row => row, Parts, part);
        }

        await servers.RunAsync(0, "ANALYZE patients");
        var cohort = dataset.Patients.Select((_, row) => row % 20 != 0).ToArray();
        var table = new ResidentTable("patients", dataset.Schema, dataset.Patients.Count, 1);

        var query = Query.Parse(
            JsonDocument.Parse("""{"groupBy":["sex"],"measures":[{"kind":"count"},{"kind":"mean","attribute":"hba1c","lower":4,"upper":14}],"loss":{"epsilon":1,"delta":1e-6}}""").RootElement,
            dataset.Schema);
        var resident = new CountResident(servers.Databases[0], table);
        var bits = Bits(cohort);
        Assert.Equal(
            Answering.Run(query, dataset.Schema, dataset.Table, cohort, ResidentAnswerTests.Source(1), 11).ToUtf8(),
            (await resident.AnswerAsync(query, bits, ResidentAnswerTests.Source(1), 11, RunningLog.Patience)).ToUtf8());
        var plan = await resident.ExplainAsync(query, bits, ReleaseExact.ContributionOrder(ResidentAnswerTests.Source(1)), RunningLog.Patience);
        Assert.Equal(2, plan.Split("Async Foreign Scan").Length - 1);
        Assert.Equal(2, plan.Split("Relations: Aggregate on").Length - 1);

        var (rows, patients) = RecodeCohort.Select(dataset, cohort);
        var combine = new CombineResident(servers.Databases[0], table);
        IReadOnlyList<int> levels = [];
        foreach (var (k, l, limit) in new[] { (2, 1, 0.1m), (3, 1, 0.3m), (5, 1, 0.05m), (11, 2, 0.05m) })
        {
            var policy = dataset.Definition.Policy with { K = k, L = l, SuppressionLimit = limit };
            var asking = dataset with { Definition = dataset.Definition with { Policy = policy } };
            var (quasi, asked) = RecodeCohort.Combined(asking.Definition);
            levels = RecodeCohort.FindLevels(asking, rows)!;
            Assert.Equal(levels, RecodeCohort.FindLevels(asking.Definition, await combine.CombinationsAsync(quasi, asked, bits, RunningLog.Patience)));
        }

        var request = new ExtractRequest([.. dataset.Definition.Attributes.Select(attribute => attribute.Name).Order(StringComparer.Ordinal)]);
        var fromMemory = RecodeCohort.Produce(dataset.Definition, rows, patients, levels, request, [])!;
        var (read, whose) = await combine.RowsAsync([.. dataset.Schema.Attributes.Keys], bits, RunningLog.Patience);
        var fromServers = RecodeCohort.Produce(dataset.Definition, read, whose, levels, request, [])!;
        Assert.Equal(fromMemory.Csv, fromServers.Csv);
        Assert.Equal(fromMemory.Report with { QuasiIdentifiers = [], Levels = [] }, fromServers.Report with { QuasiIdentifiers = [], Levels = [] });
    }

    internal static byte[] Bits(bool[] cohort)
    {
        var bits = new byte[(cohort.Length + 7) / 8];
        new System.Collections.BitArray(cohort).CopyTo(bits, 0);
        return bits;
    }

    private static async Task<PostgresServers> StartAsync()
    {
        if (PostgresServer.Find() is null)
        {
            Assert.SkipUnless(Environment.GetEnvironmentVariable("CI") == "true", PostgresServer.Missing);
            Assert.Fail(PostgresServer.Missing);
        }

        return await PostgresServers.StartAsync(Parts, "cohorts");
    }

    private static async Task<OpenedDataset> SampleAsync(LoadingSilo silo, int patients)
    {
        var definition = SampleDefinitions.Read(SampleDefinitions.Minas);
        var folder = Directory.CreateTempSubdirectory("resident-sample");
        try
        {
            var day = new DateOnly(2025, 12, 31);
            SampleGenerator.Write(new SampleOptions(patients, 7, day), folder.FullName);
            await silo.Load.AsNewVersionAsync(
                definition, System.Text.Encoding.UTF8.GetString(SampleDefinitions.Minas), day, LoadFolder.Run(folder.FullName, definition, new LoadOptions(day)), RunningLog.Patience);
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        Assert.True(await silo.Shelf.CheckAsync(definition.Id, RunningLog.Patience));
        return silo.Shelf.Find(definition.Id, out _)!;
    }
}
