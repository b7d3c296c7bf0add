using Microsoft.Extensions.Options;
using Silos.Ledger.Chain;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;

namespace Silos.Witness;

/// <summary>The witness as a web host; see README.md.</summary>
internal static class WitnessHost
{
    public static WebApplication Build(string[] args)
    {
        var builder = WebApplication.CreateBuilder(args);
        builder.Services.AddOptions<WitnessOptions>().BindConfiguration("Witness").ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddOptions<LedgerOptions>().BindConfiguration("Ledger").ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddHttpClient();
        builder.Services.AddSingleton(services => SigningKey.LoadOrCreate(services.GetRequiredService<IOptions<WitnessOptions>>().Value.KeyFile));
        builder.Services.AddSingleton(services => new Database(services.GetRequiredService<IOptions<WitnessOptions>>().Value.Database));
        builder.Services.AddSingleton(services =>
        {
            var ledger = services.GetRequiredService<IOptions<LedgerOptions>>().Value;
            return new ChainClient(new JsonRpc(services.GetRequiredService<IHttpClientFactory>().CreateClient("ledger"), ledger.Rpc!), Deployment.Read(ledger.Deployment));
        });
        builder.Services.AddSingleton<KnownLogs>();
        builder.Services.AddSingleton<WitnessStore>();
        builder.Services.AddSingleton<AddCheckpoint>();
        builder.Services.AddSingleton<VouchForChain>();
        builder.Services.AddSingleton<VouchForChecker>();
        builder.Services.AddSingleton<CompareHistories>();
        builder.Services.AddHostedService<Gossip>();
        var app = builder.Build();
        app.Services.GetRequiredService<VouchForChecker>();
        app.MapWitness();
        return app;
    }
}
