using System.Net.Http.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Silos.Ledger.Checkpoints;
using Silos.Ledger.Records;
using Silos.Witness;
using Story;

namespace Silos.Tests.Witness;

/// <summary>A witness listening on a free port, with its state in a folder; started again on the same folder, it is the same witness.</summary>
internal sealed class RunningWitness(string folder, string name, Uri rpc, string deploymentFile) : IAsyncDisposable
{
    private WebApplication? app;

    public SigningKey Key { get; } = SigningKey.LoadOrCreate(Path.Combine(folder, name + ".jwk"));

    public string Name => $"witness.example/{name}";

    public Uri Url { get; private set; } = null!;

    public KnownWitness Known => new(Name, Key.Public, Url);

    /// <summary>The copy of the checker that its operator looked at; none when null.</summary>
    public string? Checker { get; set; }

    public async Task<RunningWitness> StartAsync(params RunningWitness[] peers)
    {
        app = WitnessHost.Build(
        [
            "--urls=http://127.0.0.1:0", "--Logging:LogLevel:Default=None", $"--Witness:Name={Name}", $"--Witness:KeyFile={Path.Combine(folder, name + ".jwk")}",
            $"--Witness:Database=Data Source={Path.Combine(folder, name + ".db")}", "--Witness:GossipInterval=00:00:00.1", $"--Ledger:Rpc={rpc}", $"--Ledger:Deployment={deploymentFile}",
            .. Checker is null ? Array.Empty<string>() : [$"--Witness:Checker={Checker}"],
            .. peers.Select((peer, i) => $"--Witness:Peers:{i}={peer.Url}"),
        ]);
        await app.StartAsync();
        Url = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        return this;
    }

    public async Task StopAsync()
    {
        if (app is not null)
        {
            await app.StopAsync();
            await app.DisposeAsync();
            app = null;
        }
    }

    /// <summary>Waits until the witness has raised an alarm.</summary>
    public async Task<Alarm> AlarmAsync(HttpClient http, CancellationToken cancel) =>
        (await Until.ReadAsync("the witness's alarm", TimeSpan.FromMinutes(2), () => http.GetFromJsonAsync<List<Alarm>>(new Uri(Url, "alarms"), CanonicalJson.Options, cancel), alarms => alarms is [_, ..]))![0];

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Key.Dispose();
    }
}
