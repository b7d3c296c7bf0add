using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Anonymizer.DifferentialPrivacy.Queries;
using Research.Api.Protocol;
using Silos.Ledger.Records;
using Silos.Samples;
using Story;

namespace Benchmarks.Load;

/// <summary>A dataset that may be asked: who asks, and under which permit.</summary>
internal sealed record Door(CatalogueItem Item, Researcher Researcher, string Permit, Schema Schema);

/// <summary>The whole stack on PostgreSQL with four datasets in each of two hospitals, everybody enrolled, and a permit for each dataset that the board voted for.</summary>
internal sealed class Marketplace : IAsyncDisposable
{
    private const int DatasetsEach = 4;
    private readonly DirectoryInfo state;
    private readonly PostgresServer postgres;

    private Marketplace(DirectoryInfo state, PostgresServer postgres, Stack stack) => (this.state, this.postgres, Stack) = (state, postgres, stack);

    public Stack Stack { get; }

    public PostgresServer Postgres => postgres;

    public IReadOnlyList<Door> Doors { get; private set; } = [];

    public IReadOnlyList<Hospital> Hospitals { get; private set; } = [];

    /// <param name="patients">Patients in each hospital; all its datasets are about them.</param>
    /// <param name="batchAge">The logs' <c>Ledger:BatchAge</c>.</param>
    public static async Task<Marketplace> OpenAsync(int patients, TimeSpan batchAge, Action<string> print)
    {
        var watch = Stopwatch.StartNew();
        var postgres = await PostgresServer.StartAsync();
        var state = Directory.CreateTempSubdirectory("researchhub-load-");
        var age = batchAge.ToString("c", CultureInfo.InvariantCulture);
        var options = new StackOptions(
            state.FullName, Host.FreeBasePort(), Patients: patients, Databases: postgres, ChainInMemory: true,
            Settings: [("Datasets:Definition", DefinitionFile(state, 1)), ("Ledger:BatchAge", age)],
            HubSettings: [("Limits:RequestsPerMinute", "100000000")]);
        var stack = await Stack.StartAsync(options);
        var market = new Marketplace(state, postgres, stack);
        await market.LoadAsync();
        print($"stack with {2 * DatasetsEach} datasets of {patients} patients: {watch.Elapsed.TotalSeconds:0.0} s");
        market.Hospitals = [new Hospital(stack, 1), new Hospital(stack, 2)];
        foreach (var hospital in market.Hospitals)
        {
            await hospital.EnrolSampleAsync("load-1", TimeProvider.System.GetUtcNow());
        }

        print($"patients enrolled: {watch.Elapsed.TotalSeconds:0.0} s");
        await market.ApplyAsync();
        print($"{market.Doors.Count} permits voted for and delivered: {watch.Elapsed.TotalSeconds:0.0} s");
        return market;
    }

    public async ValueTask DisposeAsync()
    {
        Doors.Select(door => door.Researcher).Distinct().ToList().ForEach(one => one.Dispose());
        Hospitals.ToList().ForEach(one => one.Dispose());
        await Stack.DisposeAsync();
        await postgres.DisposeAsync();
        state.Delete(recursive: true);
    }

    /// <summary>A silo loads one dataset when it starts, and offers all that it ever loaded.</summary>
    private async Task LoadAsync()
    {
        for (var dataset = 2; dataset <= DatasetsEach; dataset++)
        {
            foreach (var silo in (int[])[1, 2])
            {
                await Stack.StartSiloAsync(silo, ("Datasets:Definition", DefinitionFile(state, dataset)));
            }

            await Task.WhenAll(Stack.Silos.Values.Select(silo => silo.ReadyAsync(TimeSpan.FromMinutes(3))));
        }
    }

    private async Task ApplyAsync()
    {
        Researcher[] people = [await Researcher.SignInAsync(Stack), await Researcher.SignInAsync(Stack, "colleague")];
        var catalogue = await people[0].Hub.GetAsync<CatalogueView>(HubRoutes.Catalogue);
        var doors = new List<Door>();
        foreach (var (item, i) in catalogue.Datasets.Select((item, i) => (item, i)))
        {
            var researcher = people[i % people.Length];
            var permit = await new Demo(Stack, TimeProvider.System, _ => { }).ObtainPermitAsync(researcher, item, new CapAsked(item.Silo, "100000000", "0", 1));
            doors.Add(new Door(item, researcher, permit, Schema.Parse(item.Schema)));
        }

        Doors = doors;
    }

    private static string DefinitionFile(DirectoryInfo state, int number)
    {
        var file = Path.Combine(state.FullName, string.Create(CultureInfo.InvariantCulture, $"load-{number}.json"));
        File.WriteAllText(file, Encoding.UTF8.GetString(SampleDefinitions.Minas).Replace("\"id\": \"chronic-care\"", string.Create(CultureInfo.InvariantCulture, $"\"id\": \"load-{number}\""), StringComparison.Ordinal));
        return file;
    }
}
