using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.DataProtection;
using Research.Api.Accounts;
using Research.Api.Applications;
using Research.Api.Audit;
using Research.Api.Audit.Differencing;
using Research.Api.Catalogue;
using Research.Api.Committee;
using Research.Api.Extracts;
using Research.Api.Outbox;
using Research.Api.Payments;
using Research.Api.Permits;
using Research.Api.Problems;
using Research.Api.Protocol;
using Research.Api.Queries;
using Research.Api.Silos;
using Research.Api.Telemetry;
using Silos.Ledger.Chain;
using Silos.Ledger.Log;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;

namespace Research.Api;

/// <summary>Puts the hub's parts together.</summary>
internal static class HubHost
{
    private const long LargestRequest = 4 * 1024 * 1024;

    public static void AddHub(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        var connection = builder.Configuration.GetConnectionString("Hub") ?? throw new InvalidOperationException("configuration: ConnectionStrings:Hub is missing");
        var state = builder.Configuration["State"] ?? throw new InvalidOperationException("configuration: State, the folder for keys and files, is missing");
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = LargestRequest);
        builder.Logging.AddFilter("Microsoft.EntityFrameworkCore", LogLevel.Warning).AddFilter("System.Net.Http", LogLevel.Warning);
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton(_ => new Database(connection));
        services.AddDataProtection().SetApplicationName("Research.Api").PersistKeysToFileSystem(Directory.CreateDirectory(Path.Combine(state, "keys")));
        services.AddHttpClient("silo");
        services.AddSingleton(provider => SiloDirectory.Of(builder.Configuration, provider.GetRequiredService<IHttpClientFactory>(), provider.GetRequiredService<SigningKey>(), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<CatalogueStore>().AddSingleton<HealthCatalogue>().AddSingleton<ApplicationStore>().AddSingleton<PermitStore>().AddSingleton<OutboxStore>();
        services.AddSingleton<DeliverPermit>().AddSingleton<Ballots>().AddSingleton<PermitActs>().AddSingleton<RegisterVotes>().AddSingleton<RegisterLimits>().AddSingleton<SilenceVotes>();
        services.AddSingleton<Gate>().AddSingleton<ExtractStore>().AddSingleton<RunExtracts>();
        services.AddHostedService(provider => provider.GetRequiredService<RunExtracts>());
        var webhooks = builder.Configuration.GetSection("Webhooks").Get<WebhookOptions>() ?? new WebhookOptions();
        services.AddHttpClient(Webhooks.Client, http => http.Timeout = TimeSpan.FromSeconds(10)).ConfigurePrimaryHttpMessageHandler(() => Webhooks.Door(webhooks)).RemoveAllLoggers();
        services.AddSingleton(webhooks).AddSingleton<Webhooks>().AddSingleton<TellPeople>();
        services.AddSingleton(new SendMail(builder.Configuration.GetSection("Mail").Get<MailOptions>() ?? new MailOptions(), Path.Combine(state, "mail")));
        services.AddSingleton<FollowedLogs>().AddSingleton<AuditStore>();
        services.AddSingleton<WatchQuestions>().AddHostedService(provider => provider.GetRequiredService<WatchQuestions>());
        services.AddSingleton(provider => new OutboxRunner(
            provider.GetRequiredService<Database>(),
            provider.GetRequiredService<OutboxStore>(),
            new Dictionary<string, Deliver>
            {
                [DeliverPermit.Kind] = provider.GetRequiredService<DeliverPermit>().DeliverAsync,
                [SettleInvoice.Refund] = provider.GetRequiredService<SettleInvoice>().RefundAsync,
                [SettleInvoice.Share] = provider.GetRequiredService<SettleInvoice>().ShareAsync,
                [SendMail.Kind] = provider.GetRequiredService<SendMail>().DeliverAsync,
                [Webhooks.Kind] = provider.GetRequiredService<Webhooks>().DeliverAsync,
            },
            provider.GetRequiredService<HubMeasures>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<OutboxRunner>>()));
        services.AddHostedService(provider => provider.GetRequiredService<OutboxRunner>());
        services.AddOptions<DrainOptions>().Bind(builder.Configuration.GetSection("Drain"));
        services.AddHostedService<Drain>().AddHostedService<FinishDecisions>();
        services.AddSingleton<KeepTime>().AddHostedService(provider => provider.GetRequiredService<KeepTime>());
        services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
        services.ConfigureHttpJsonOptions(options => Strict(options.SerializerOptions));
        services.AddApiDescription();
    }

    /// <summary>Makes the tables and, where configured, the sample accounts.</summary>
    public static async Task OpenHubAsync(this WebApplication app)
    {
        await app.Services.GetRequiredService<Database>().MigrateAsync(typeof(HubHost).Assembly, "Persistence");
        await AccountsEndpoints.MakeRolesAsync(app.Services);
        if (app.Configuration["Accounts:Samples"] is { Length: > 0 } path)
        {
            await SampleAccounts.MakeAsync(app.Services, path, app.Services.GetRequiredService<SiloDirectory>().All.Count);
        }
    }

    public static void MapHub(this IEndpointRouteBuilder routes)
    {
        routes.MapGet(HubRoutes.Health, (LedgerLog log) => log.Health.Halted ? Problem.Of(503, "ledger-halted", log.Health.Trouble!) : Results.Ok()).Public();
        routes.MapGet(HubRoutes.Ready, ReadyAsync).Public();
        routes.MapOpenApi("/openapi/{documentName}.json").Public();
    }

    private static async Task<IResult> ReadyAsync(LedgerLog log, ChainClient chain, IHostApplicationLifetime life, CancellationToken cancel)
    {
        if (life.ApplicationStopping.IsCancellationRequested)
        {
            return Problem.Of(503, "not-ready", "this process is ending");
        }

        await chain.ReadBlockAsync(cancel: cancel);
        return log.Health.Trouble is { } trouble ? Problem.Of(503, "not-ready", trouble) : Results.Ok();
    }

    /// <summary>Requests hold what they must and nothing else; answers hold every member, null where there is nothing.</summary>
    private static void Strict(JsonSerializerOptions json)
    {
        json.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        json.RespectNullableAnnotations = true;
        json.RespectRequiredConstructorParameters = true;
        json.AllowDuplicateProperties = false;
        json.NumberHandling = JsonNumberHandling.Strict;
    }
}
