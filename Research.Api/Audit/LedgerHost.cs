using Microsoft.Extensions.Options;
using Silos.Ledger.Chain;
using Silos.Ledger.Checkpoints;
using Silos.Ledger.Log;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;

namespace Research.Api.Audit;

/// <summary>Where the ledger is and who the hub is on it: the configuration's section <c>Ledger</c>.</summary>
internal sealed class LedgerOptions
{
    /// <summary>Where does the chain answer? An http(s) URL.</summary>
    public required Uri Rpc { get; init; }

    /// <summary>In which file are the contracts' addresses?</summary>
    public required string Deployment { get; init; }

    /// <summary>In which file is the hub's P-256 key? Made when it is not there.</summary>
    public required string Key { get; init; }

    /// <summary>What is the origin line of the hub's log, such as <c>researchhub.example/hub</c>?</summary>
    public required string Origin { get; init; }

    /// <summary>From which account of the chain's node does the hub send? 0x and 40 hexadecimal digits.</summary>
    public required string Account { get; init; }
}

/// <summary>The hub's log and its client of the chain.</summary>
internal static class LedgerHost
{
    private static readonly TimeSpan RpcPatience = TimeSpan.FromSeconds(10);

    public static void AddLedger(this WebApplicationBuilder builder)
    {
        var ledger = Read(builder.Configuration);
        var key = SigningKey.LoadOrCreate(ledger.Key);
        builder.Services.AddOptions<LogOptions>().Bind(builder.Configuration.GetSection("Ledger")).ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddSingleton(key);
        builder.Services.AddSingleton(provider => new ChainClient(
            new JsonRpc(new HttpClient { Timeout = RpcPatience }, ledger.Rpc),
            Deployment.Read(ledger.Deployment),
            ledger.Account,
            builder.Configuration.GetValue("Ledger:Confirmations", 0)));
        builder.Services.AddSingleton(new HistoryWitnesses(WitnessFile.Read(builder.Configuration["Ledger:Witnesses"])));
        builder.Services.AddSingleton<ExportHistory>();
        builder.Services.AddSingleton<AskWitnesses>();
        builder.Services.AddSingleton(provider => new LedgerLog(
            provider.GetRequiredService<Database>(),
            key,
            ledger.Origin,
            provider.GetRequiredService<ChainClient>(),
            provider.GetRequiredService<IOptions<LogOptions>>().Value,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<LedgerLog>>(),
            provider.GetRequiredService<HistoryWitnesses>().Quorum));
        builder.Services.AddSingleton(provider => new HubLog(provider.GetRequiredService<LedgerLog>(), key.Id));
        builder.Services.AddHostedService<RunLog>();
    }

    /// <summary>Compares chain and database before anybody is served; a chain that does not answer yet is waited for in the background.</summary>
    public static async Task OpenLedgerAsync(this WebApplication app)
    {
        try
        {
            await app.Services.GetRequiredService<ChainClient>().CheckDeploymentAsync();
            await app.Services.GetRequiredService<LedgerLog>().OpenAsync();
        }
        catch (LedgerUnavailableException down) when (down is not (LedgerHaltedException or WrongLedgerException))
        {
            app.Logger.LogWarning("The ledger does not answer yet; no step is recorded until it does: {Reason}", down.Message);
        }
    }

    private static LedgerOptions Read(ConfigurationManager configuration)
    {
        var section = configuration.GetSection("Ledger");
        foreach (var needed in new[] { "Rpc", "Deployment", "Key", "Origin", "Account" })
        {
            if (string.IsNullOrEmpty(section[needed]))
            {
                throw new InvalidOperationException($"configuration: Ledger:{needed} is missing");
            }
        }

        return section.Get<LedgerOptions>()!;
    }
}

/// <summary>Keeps the log's batching and anchoring running. When the log halts the host stays, so that its health page can say why; nothing is appended or answered any more.</summary>
internal sealed class RunLog(LedgerLog log, TimeProvider clock, ILogger<RunLog> logger) : BackgroundService
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
