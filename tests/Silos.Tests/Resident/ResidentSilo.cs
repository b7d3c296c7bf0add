using System.Text;
using System.Text.Json.Nodes;
using Npgsql;
using Silos.Ingestion;
using Silos.Samples;
using Silos.Tests.Queries;
using Story;
using Xunit;

namespace Silos.Tests.Resident;

/// <summary>A silo whose settings leave a dataset of 300 patients in a PostgreSQL of the hospital, and a permit for it.</summary>
public sealed class ResidentSilo : PermittedSilo
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("researchhub-resident-");
    private PostgresServer? server;
    private NpgsqlDataSource? table;

    public override string Asked => "state-register";

    /// <summary>The hospital's own database.</summary>
    public NpgsqlDataSource Table => table!;

    /// <summary>Itself; skips the test where PostgreSQL is not installed; on CI that is a failure.</summary>
    public ResidentSilo Required()
    {
        Assert.SkipUnless(server is not null || Environment.GetEnvironmentVariable("CI") == "true", PostgresServer.Missing);
        Assert.True(server is not null, PostgresServer.Missing);
        return this;
    }

    public override ValueTask InitializeAsync() => PostgresServer.Find() is null ? ValueTask.CompletedTask : base.InitializeAsync();

    protected override async Task<IReadOnlyList<(string Key, string? Value)>> SettingsAsync(string folder)
    {
        server = await PostgresServer.StartAsync();
        var connection = await server.DatabaseAsync("hospital");
        table = NpgsqlDataSource.Create(connection);
        var json = JsonNode.Parse(SampleDefinitions.Minas)!.AsObject();
        json.Remove("events");
        var text = json.ToJsonString().Replace("\"chronic-care\"", "\"state-register\"", StringComparison.Ordinal);
        var file = Path.Combine(this.folder.FullName, "state-register.dataset.json");
        await File.WriteAllTextAsync(file, text);
        var definition = SampleDefinitions.Read(Encoding.UTF8.GetBytes(text));
        var day = new DateOnly(2025, 12, 31);
        SampleGenerator.Write(new SampleOptions(300, 11, day, "resident-"), Path.Combine(this.folder.FullName, "fhir"));
        var rows = PatientTable.Of(definition, LoadFolder.Run(Path.Combine(this.folder.FullName, "fhir"), definition, new LoadOptions(day)).Rows);
        await using (var create = table.CreateCommand($"CREATE TABLE patients ({ResidentCopy.Columns(rows)}) PARTITION BY LIST (part); CREATE TABLE patients_0 PARTITION OF patients DEFAULT"))
        {
            await create.ExecuteNonQueryAsync();
        }

        await ResidentCopy.RunAsync(table, "patients", rows, row => row, 2);
        return
        [
            ("Datasets:Resident:0:Definition", file), ("Datasets:Resident:0:Connection", connection), ("Datasets:Resident:0:Table", "public.patients"), ("Datasets:VerifyEvery", "00:00:02"),
        ];
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await (table?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (server?.DisposeAsync() ?? ValueTask.CompletedTask);
        folder.Delete(recursive: true);
    }
}
