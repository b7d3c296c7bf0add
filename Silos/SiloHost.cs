using Microsoft.Extensions.Options;
using Silos.Budgets;
using Silos.Consents;
using Silos.Dashboards;
using Silos.Datasets;
using Silos.Datasets.Resident;
using Silos.Extracts;
using Silos.Ingestion.Hl7;
using Silos.Ledger.Chain;
using Silos.Ledger.Checkpoints;
using Silos.Ledger.Log;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;
using Silos.Permits;
using Silos.Persistence;
using Silos.Protocol;
using Silos.Queries;
using Silos.Releases;

namespace Silos;

/// <summary>How this silo is called and where its secrets lie.</summary>
public sealed class SiloOptions
{
    /// <summary>What is the hospital's name, as people read it?</summary>
    public required string Name { get; init; }

    /// <summary>In which folder lie the keys (<c>keys.json</c>) and the officers' token? It is backed up apart from the database.</summary>
    public required string Secrets { get; init; }
}

/// <summary>Where the ledger is and who this log is on it.</summary>
public sealed class LedgerOptions
{
    /// <summary>Where does the chain answer? An http(s) URL.</summary>
    public required Uri Rpc { get; init; }

    /// <summary>In which file are the contracts' addresses?</summary>
    public required string Deployment { get; init; }

    /// <summary>In which file is the key that signs checkpoints and receipts? Made when it is not there.</summary>
    public required string Key { get; init; }

    /// <summary>What is the log's origin line, such as <c>researchhub.example/serra-verde</c>?</summary>
    public required string Origin { get; init; }

    /// <summary>From which account of the chain's node are checkpoints anchored? 0x and 40 hexadecimal digits.</summary>
    public required string Account { get; init; }

    /// <summary>In which file are the witnesses that co-sign checkpoints? None by default, and then nobody does.</summary>
    public string? Witnesses { get; init; }

    /// <summary>How many blocks must lie above an anchoring one? 0 to 64; 0 by default, which is right for chains with immediate finality (QBFT) and for development.</summary>
    public int Confirmations { get; init; }
}

/// <summary>Puts the silo's parts together.</summary>
public static class SiloHost
{
    private const string DevelopmentChain = "31337";

    /// <summary>A silo by its settings, with all its parts, not yet built: a test may put a weak part in the place of a sound one.</summary>
    /// <param name="args">Settings as <c>--Section:Name=value</c>, beside those of the environment.</param>
    public static WebApplicationBuilder Configure(string[] args)
    {
        var builder = WebApplication.CreateBuilder(args);
        builder.AddLedger();
        builder.AddSiloFeatures();
        builder.AddDashboards();
        return builder;
    }

    /// <summary>Builds the silo, lays its routes, and compares chain and database.</summary>
    /// <returns>The silo, not yet listening.</returns>
    /// <exception cref="LedgerHaltedException">Chain and database tell two histories.</exception>
    public static async Task<WebApplication> OpenAsync(this WebApplicationBuilder builder)
    {
        var app = builder.Build();
        app.UseMiddleware<LastAnswers>();
        app.UseExceptionHandler();
        app.UseStatusCodePages();
        app.UseMiddleware<CheckCaller>();
        app.UseMiddleware<WhenReady>();
        app.MapSiloEndpoints();
        app.MapLogEndpoints();
        app.MapDatasetEndpoints();
        app.MapTrialEndpoints();
        app.MapLoadEndpoints();
        app.MapConsentEndpoints();
        app.MapPermitEndpoints();
        app.MapQueryEndpoints();
        app.MapExtractEndpoints();
        app.MapDashboardEndpoints();
        await app.OpenLedgerAsync();
        return app;
    }

    public static void AddLedger(this WebApplicationBuilder builder)
    {
        var ledger = builder.Configuration.GetSection("Ledger").Get<LedgerOptions>() ?? throw new InvalidOperationException("configuration: the section Ledger is missing");
        var silo = builder.Configuration.GetSection("Silo").Get<SiloOptions>() ?? throw new InvalidOperationException("configuration: the section Silo is missing");
        var deployment = Deployment.Read(ledger.Deployment);
        var services = builder.Services;
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton(new Database(builder.Configuration.GetConnectionString("Silo") ?? throw new InvalidOperationException("configuration: ConnectionStrings:Silo is missing")));
        services.AddSingleton(new SiloIdentity(silo.Name, ledger.Origin, SigningKey.LoadOrCreate(ledger.Key), deployment.Deployed));
        services.AddSingleton(Vault.LoadOrCreate(silo.Secrets));
        services.AddSingleton(OfficerToken.LoadOrCreate(Path.Combine(silo.Secrets, "officer.token")));
        services.AddOptions<LogOptions>().Bind(builder.Configuration.GetSection("Ledger")).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton(new ChainClient(new JsonRpc(new HttpClient { Timeout = TimeSpan.FromSeconds(10) }, ledger.Rpc), deployment, ledger.Account, ledger.Confirmations));
        services.AddSingleton(provider => new LedgerLog(
            provider.GetRequiredService<Database>(),
            provider.GetRequiredService<SiloIdentity>().Key,
            ledger.Origin,
            provider.GetRequiredService<ChainClient>(),
            provider.GetRequiredService<IOptions<LogOptions>>().Value,
            TimeProvider.System,
            provider.GetRequiredService<ILogger<LedgerLog>>(),
            WitnessFile.Read(ledger.Witnesses)));
        services.AddSingleton(provider =>
        {
            var silo = provider.GetRequiredService<SiloIdentity>();
            return new ReceiptWriter(provider.GetRequiredService<LedgerLog>(), silo.Deployed, silo.Key);
        });
        services.AddSingleton<ReadMembers>(provider => provider.GetRequiredService<ChainClient>().ReadMembersAsync);
        services.AddSingleton<AskBoardOfSilence>(provider => provider.GetRequiredService<ChainClient>().ReadSilenceAsync);
        services.AddSingleton<ReadStandings>(provider => (permits, register) => provider.GetRequiredService<ChainClient>().ReadStandingAsync(permits, register));
        services.AddHostedService<RunLedger>();
        services.AddSingleton(StepsFrom(builder.Configuration, deployment));
        services.AddSingleton(PriceQueries.From(builder.Configuration, deployment));
    }

    public static void AddSiloFeatures(this WebApplicationBuilder builder)
    {
        var services = builder.Services;

        // A refusal's bytes are the same for everybody: no trace id.
        services.AddProblemDetails(problems => problems.CustomizeProblemDetails = context => context.ProblemDetails.Extensions.Remove("traceId"));
        services.AddOptions<CallerOptions>().Bind(builder.Configuration.GetSection("Callers"));
        services.AddSingleton<CallerNonces>();
        services.AddOptions<DatasetOptions>().Bind(builder.Configuration.GetSection("Datasets"));
        services.AddOptions<CatalogueOptions>().Bind(builder.Configuration.GetSection("Catalogue"));
        services.AddOptions<QueryOptions>().Bind(builder.Configuration.GetSection("Queries"));
        services.AddSingleton<Readiness>().AddSingleton<DatasetStore>().AddSingleton<LoadDataset>().AddSingleton<LoadJobs>().AddSingleton<StartLoad>().AddSingleton<AnswerOfficer>().AddSingleton<CatalogueEntry>().AddSingleton<ResidentDatasets>().AddSingleton<DatasetShelf>();
        services.AddOptions<ConsentOptions>().Bind(builder.Configuration.GetSection("Consents"));
        services.AddConsents().AddSingleton<PermitStore>().AddSingleton<ReadStanding>().AddSingleton<ShowDepartments>();
        services.AddSingleton<SeedPool>().AddSingleton<KeptCohorts>().AddSingleton<PersonalCaps>().AddSingleton<QuestionOwners>().AddSingleton<QueryStore>().AddSingleton<AnswerQuantum>();
        services.AddSingleton<AdmitQuery>().AddSingleton<ReserveQuery>().AddSingleton<AppendAnswer>().AddSingleton<ComputeAnswer>().AddSingleton<SettleAnswer>();
        services.AddSingleton<RedeliverAnswer>().AddSingleton<DeliverAnswer>().AddSingleton<DenyQuery>().AddSingleton<RunQuery>().AddSingleton<OpenNoise>();
        services.AddSingleton<ExtractStore>().AddSingleton<CheckOutput>().AddSingleton<ReleaseExtract>();
        services.AddOptions<DrainOptions>().Bind(builder.Configuration.GetSection("Drain"));
        services.AddHostedService<Drain>().AddHostedService<OpenDatasets>().AddHostedService<ScrubDatasets>().AddHostedService<ResumeQueries>();
        if (builder.Configuration.GetSection("Mllp").Get<MllpOptions>() is { Port: not null } mllp)
        {
            services.AddOptions<MllpOptions>().Bind(builder.Configuration.GetSection("Mllp"));
            services.AddSingleton(provider => new Hl7Intake(mllp.Folder, provider.GetRequiredService<TimeProvider>()));
            services.AddHostedService<MllpListener>();
        }
    }

    public static void MapSiloEndpoints(this IEndpointRouteBuilder routes)
    {
        routes.MapGet(SiloRoutes.Describe, (SiloIdentity silo) => new SiloDescription(
            silo.Name, silo.Register.ToString(), silo.Origin, System.Text.Json.JsonSerializer.SerializeToElement(silo.Key.Public.Jwk, CanonicalJson.Options)));
        routes.MapGet("/healthz", (LedgerLog log) => log.Health.Halted ? Problems.Refusal(RefusalCode.NotReady, log.Health.Trouble!) : Results.Ok());
        routes.MapGet("/readyz", (Readiness readiness, LedgerLog log, IHostApplicationLifetime life) =>
            (life.ApplicationStopping.IsCancellationRequested ? "this process is ending" : readiness.Waiting ?? log.Health.Trouble) is { } waiting ? Problems.Refusal(RefusalCode.NotReady, waiting) : Results.Ok());
    }

    /// <summary>Makes the tables and compares chain and database before anybody is served.</summary>
    /// <exception cref="LedgerHaltedException">They tell two histories.</exception>
    /// <exception cref="WrongLedgerException">The chain is not the one that the deployment names.</exception>
    /// <exception cref="MissingKeyException">The key file is not the one that belongs to the database.</exception>
    public static async Task OpenLedgerAsync(this WebApplication app)
    {
        var database = app.Services.GetRequiredService<Database>();
        await database.MigrateAsync(typeof(SiloHost).Assembly, "Persistence");
        await new Reseal(database, app.Services.GetRequiredService<Vault>()).UpgradeAsync((what, rows) => app.Logger.LogInformation("Sealed at rest: {Rows} {What}", rows, what), default);
        try
        {
            await app.Services.GetRequiredService<ChainClient>().CheckDeploymentAsync();
            await app.Services.GetRequiredService<LedgerLog>().OpenAsync();
        }
        catch (LedgerUnavailableException down) when (down is not (LedgerHaltedException or WrongLedgerException))
        {
            app.Logger.LogWarning("The ledger does not answer yet; nothing is answered until it does: {Reason}", down.Message);
        }
    }

    private static NamedSteps StepsFrom(IConfiguration configuration, Deployment deployment)
    {
        var steps = new NamedSteps(configuration["Steps:Kill"], configuration["Steps:Hold"], configuration["Steps:Release"]);
        return steps.Any && deployment.ChainId != DevelopmentChain
            ? throw new InvalidOperationException($"configuration: Steps are for tests on chain {DevelopmentChain}; this is chain {deployment.ChainId}")
            : steps;
    }
}

/// <summary>Keeps the log's batching and anchoring running. When the log halts the host stays, so that its health page can say why; nothing is appended or answered any more.</summary>
public sealed class RunLedger(LedgerLog log, TimeProvider clock, ILogger<RunLedger> logger) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => new Rounds("batches", clock, logger).OnceAsync(BatchAsync, stoppingToken);

    private async Task BatchAsync(CancellationToken cancel)
    {
        try
        {
            await log.RunAsync(cancel);
        }
        catch (LedgerHaltedException halted)
        {
            logger.LogCritical("The log has halted and needs a person: {Reason}", halted.Message);
        }
    }
}
