using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Silos;
using Silos.Consents;
using Silos.Datasets;
using Silos.Ingestion;
using Silos.Ledger.Chain;
using Silos.Ledger.Log;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;
using Silos.Permits;
using Silos.Persistence;
using Silos.Queries;
using Silos.Samples;

namespace Simulation.Tests;

/// <summary>
/// One hospital: the silo's own parts as its host puts them together, on a database file that outlives its processes. A process ends like a power cut:
/// nothing of it writes any more, and whatever was under way is never answered.
/// </summary>
internal sealed class SimulatedSilo(string folder, int number, SimulatedChain chain, SimulatedClock clock, Deployed deployed) : IAsyncDisposable
{
    private static readonly DateOnly Day = new(2026, 6, 15);
    private static readonly Lazy<LoadResult> Sample = new(LoadSample);
    private readonly string origin = FormattableString.Invariant($"simulated.example/hospital-{number}");
    private CancellationTokenSource life = new();
    private Task logging = Task.CompletedTask;
    private ServiceProvider? parts;
    private SiloIdentity? identity;
    private volatile string? endAt;
    private volatile bool ended = true;

    public const int Patients = 40;

    public SiloIdentity Identity => identity!;

    public bool Ended => ended;

    /// <summary>Ended when the process does.</summary>
    public CancellationToken Life => life.Token;

    public static string Dataset => SampleDefinitions.Read(SampleDefinitions.Minas).Id;

    public T Part<T>()
        where T : notnull => parts!.GetRequiredService<T>();

    /// <summary>The process ends when a question next reaches this step.</summary>
    public void EndAt(string step) => endAt = step;

    /// <summary>Starts a process on what the database holds, lets it finish what an earlier one left, and loads and enrols where there is nothing yet.</summary>
    public async Task StartAsync()
    {
        await ClearAsync();
        (life, endAt) = (new CancellationTokenSource(), null);
        identity ??= new SiloIdentity("Hospital " + number, origin, SigningKey.LoadOrCreate(Path.Combine(folder, "log.jwk")), deployed);
        parts = Assemble();
        var database = Part<Database>();
        await database.MigrateAsync(typeof(SiloHost).Assembly, "Persistence");
        var log = Part<LedgerLog>();
        await new Rounds("opening", clock, NullLogger.Instance).OnceAsync(log.OpenAsync, CancellationToken.None);
        ended = false;
        logging = Task.Run(() => log.RunAsync(life.Token));
        if (await Part<DatasetStore>().NewestVersionAsync(Dataset, CancellationToken.None) is null)
        {
            var version = await Part<LoadDataset>().AsNewVersionAsync(SampleDefinitions.Read(SampleDefinitions.Minas), Encoding.UTF8.GetString(SampleDefinitions.Minas), Day, Sample.Value, CancellationToken.None);
            await log.WhenFinalAsync(version.Seq, CancellationToken.None);
        }

        await Part<DatasetShelf>().CheckAsync(Dataset, CancellationToken.None);
        Part<Readiness>().Now();
        await Part<QuestionOwners>().RenewAsync(CancellationToken.None);
        await FinishAsync();
    }

    /// <summary>What the host does every second: seeds, and unfinished questions.</summary>
    public async Task FinishAsync()
    {
        await Part<QuestionOwners>().RenewAsync(CancellationToken.None);
        await new Rounds("seeds", clock, NullLogger.Instance).OnceAsync(Part<SeedPool>().FillAsync, Life);
        var resume = ActivatorUtilities.CreateInstance<ResumeQueries>(parts!, NullLogger<ResumeQueries>.Instance);
        await new Rounds("questions", clock, NullLogger.Instance).OnceAsync(resume.RoundAsync, Life);
    }

    /// <summary>The power goes.</summary>
    public void End()
    {
        ended = true;
        life.Cancel();
        Part<Database>().DisposeAsync().AsTask().GetAwaiter().GetResult();
    }

    public async ValueTask DisposeAsync()
    {
        if (!ended)
        {
            End();
        }

        await ClearAsync();
    }

    /// <summary>Puts away what an ended process leaves in memory.</summary>
    private async Task ClearAsync()
    {
        await logging.ContinueWith(_ => { }, TaskScheduler.Default);
        await (parts?.DisposeAsync() ?? ValueTask.CompletedTask);
        life.Dispose();
    }

    private ServiceProvider Assemble()
    {
        // No watching for changed settings: a thousand runs would use up what the system gives to watch with.
        var builder = WebApplication.CreateSlimBuilder(["--hostBuilder:reloadConfigOnChange=false"]);
        builder.AddSiloFeatures();
        var services = builder.Services;
        services.AddLogging(logging => logging.ClearProviders());
        services.AddSingleton<TimeProvider>(clock).AddSingleton(identity!);
        services.AddSingleton(new Database($"Data Source={Path.Combine(folder, "silo.db")}"));
        services.AddSingleton(Vault.LoadOrCreate(folder));
        var options = new LogOptions { BatchSize = 1, BatchAge = TimeSpan.FromMilliseconds(5) };
        services.AddSingleton(provider => new LedgerLog(provider.GetRequiredService<Database>(), identity!.Key, origin, chain.Port(identity.Register), options, clock, NullLogger<LedgerLog>.Instance));
        services.AddSingleton(provider => new ReceiptWriter(provider.GetRequiredService<LedgerLog>(), deployed, identity!.Key));
        services.AddSingleton<ReadMembers>(_ => Task.FromResult(new MembersState([], [], 1, 0)));
        services.AddSingleton<ReadStandings>(chain.StandingAsync);
        services.AddSingleton<AskBoardOfSilence>((_, _, _) => Task.FromResult(new SilenceState(false, 0))).AddSingleton<PriceQuery>(PriceQueries.ByLoss);
        services.AddSingleton(new NamedSteps(null, null, null, Reached));
        services.AddSingleton(Options.Create(new QueryOptions { FinalWithin = TimeSpan.FromSeconds(5), StrangersPerMinute = 10_000 }));
        return services.BuildServiceProvider();
    }

    private void Reached(string step)
    {
        if (step == endAt && !ended)
        {
            End();
        }

        if (ended)
        {
            throw new PowerCutException();
        }
    }

    private static LoadResult LoadSample()
    {
        var files = Directory.CreateTempSubdirectory("simulation-sample-");
        try
        {
            SampleGenerator.Write(new SampleOptions(Patients, 1, Day), files.FullName);
            return LoadFolder.Run(files.FullName, SampleDefinitions.Read(SampleDefinitions.Minas), new LoadOptions(Day));
        }
        finally
        {
            files.Delete(recursive: true);
        }
    }
}

/// <summary>The process is gone: nobody hears of what it was doing.</summary>
internal sealed class PowerCutException : Exception;
