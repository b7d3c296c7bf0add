using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Silos.Datasets;
using Silos.Datasets.Resident;
using Silos.Ledger.Records;
using Silos.Persistence;
using Silos.Tests.Log;

namespace Silos.Tests.Ingestion;

/// <summary>A silo's rooms for datasets on a database and a fake chain, without a host.</summary>
internal sealed class LoadingSilo : IAsyncDisposable
{
    private readonly TemporaryFolder? own;

    private LoadingSilo(RunningLog log, TemporaryFolder? own, string secrets)
    {
        this.own = own;
        Log = log;
        Vault = Vault.LoadOrCreate(secrets);
        Identity = new SiloIdentity("Serra Verde", RunningLog.Origin, log.Key, new Deployed("31337", "0x0000000000000000000000000000000000000001"));
        Store = new DatasetStore(log.Database, Vault);
        Load = new LoadDataset(log.Database, Store, log.Log, Identity);
        var resident = new ResidentDatasets(Store, Load, log.Log, Options.Create(new DatasetOptions()), TimeProvider.System, NullLogger<ResidentDatasets>.Instance);
        Shelf = new DatasetShelf(Store, resident, log.Log, Identity, NullLogger<DatasetShelf>.Instance);
        Jobs = new LoadJobs(Load, Store, Shelf, log.Log, TimeProvider.System, NullLogger<LoadJobs>.Instance);
    }

    public RunningLog Log { get; }

    public SiloIdentity Identity { get; }

    public Vault Vault { get; }

    public DatasetStore Store { get; }

    public LoadDataset Load { get; }

    public DatasetShelf Shelf { get; }

    public LoadJobs Jobs { get; }

    /// <param name="connectionString">A database that stays; one of its own by default.</param>
    /// <param name="secrets">The folder of its keys, which stays too; one of its own by default.</param>
    public static async Task<LoadingSilo> StartAsync(string? connectionString = null, string? secrets = null)
    {
        var log = await RunningLog.StartAsync(connectionString);
        await log.Database.MigrateAsync(typeof(SiloHost).Assembly, "Persistence");
        var own = secrets is null ? new TemporaryFolder() : null;
        return new LoadingSilo(log, own, secrets ?? own!.Path);
    }

    /// <summary>Loads a folder by a definition's text, on 31 December 2025.</summary>
    public Task<Protocol.LoadJob> RunAsync(string folder, byte[] definition, string? definitionFolder = null) =>
        Jobs.RunAsync(folder, Encoding.UTF8.GetString(definition), definitionFolder, new DateOnly(2025, 12, 31), RunningLog.Patience);

    public async ValueTask DisposeAsync()
    {
        Jobs.Dispose();
        await Log.DisposeAsync();
        Vault.Dispose();
        own?.Dispose();
    }
}
