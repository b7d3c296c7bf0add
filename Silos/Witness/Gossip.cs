using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Silos.Ledger.Chain;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;

namespace Silos.Witness;

/// <summary>Asks the other witnesses, again and again, what they have co-signed, and compares; also what was heard earlier and not known yet.</summary>
internal sealed class Gossip(IOptions<WitnessOptions> options, IHttpClientFactory clients, WitnessStore store, CompareHistories compare, TimeProvider time, ILogger<Gossip> logger)
    : BackgroundService
{
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await store.OpenAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => new Rounds("comparisons", time, logger).RunAsync(options.Value.GossipInterval, RoundAsync, stoppingToken);

    private async Task RoundAsync(CancellationToken cancel)
    {
        try
        {
            foreach (var heard in await store.HeardAsync())
            {
                await compare.HearAsync(heard.Note, heard.Source, cancel);
            }
        }
        catch (LedgerUnavailableException down)
        {
            logger.LogWarning("Cannot compare: {Reason}", down.Message);
        }

        foreach (var peer in options.Value.Peers)
        {
            await AskAsync(peer, cancel);
        }
    }

    private async Task AskAsync(Uri peer, CancellationToken cancel)
    {
        try
        {
            using var client = clients.CreateClient("peer");
            var seen = await client.GetFromJsonAsync<List<SeenCheckpoint>>(new Uri(peer, "checkpoints"), CanonicalJson.Options, cancel);
            foreach (var checkpoint in seen ?? [])
            {
                await compare.HearAsync(checkpoint.Note, peer.ToString(), cancel);
            }
        }
        catch (Exception silent) when (silent is HttpRequestException or JsonException or LedgerUnavailableException || (silent is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            logger.LogWarning("Peer {Peer} could not be compared with: {Reason}", peer, silent.Message);
        }
    }
}
