using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Research.Api.Protocol;
using Silos.Ledger.Chain;
using Silos.Ledger.Checkpoints;
using Silos.Ledger.Records;

namespace Research.Api.Audit;

/// <summary>
/// Who the witnesses of the hub's log are, and for which checker each vouches. What they say is repeated here for convenience: whoever
/// doubts the hub asks a witness herself. They are asked at most once a minute, however many callers there are.
/// </summary>
internal sealed class AskWitnesses(HistoryWitnesses witnesses, ChainClient chain, TimeProvider clock) : IDisposable
{
    private static readonly TimeSpan Fresh = TimeSpan.FromMinutes(1);

    private readonly HttpClient http = new() { Timeout = TimeSpan.FromSeconds(3), MaxResponseContentBufferSize = 16 * 1024 };
    private readonly SemaphoreSlim one = new(1, 1);
    private IReadOnlyList<WitnessView> said = [];
    private DateTimeOffset? asked;

    public async Task<IReadOnlyList<WitnessView>> RunAsync(CancellationToken cancel)
    {
        await one.WaitAsync(cancel);
        try
        {
            if (asked is null || clock.GetUtcNow() - asked > Fresh)
            {
                said = await Task.WhenAll((witnesses.Quorum?.Witnesses ?? []).Select(AskAsync));
                asked = clock.GetUtcNow();
            }

            return said;
        }
        finally
        {
            one.Release();
        }
    }

    public void Dispose()
    {
        http.Dispose();
        one.Dispose();
    }

    private async Task<WitnessView> AskAsync(KnownWitness witness)
    {
        var (says, checker, statement) = await SaysAsync(witness);
        return new WitnessView(witness.Name, witness.Url.ToString(), JsonSerializer.SerializeToElement(witness.Key.Jwk, CanonicalJson.Options), says, checker, statement);
    }

    private async Task<(string Says, string? Checker, JsonElement? Statement)> SaysAsync(KnownWitness witness)
    {
        try
        {
            using var response = await http.GetAsync(new Uri(witness.Url, "checker"));
            if (!response.IsSuccessStatusCode)
            {
                return (response.StatusCode == HttpStatusCode.NotFound ? WitnessView.NoChecker : WitnessView.Silent, null, null);
            }

            var text = await response.Content.ReadAsStringAsync();
            var json = JsonNode.Parse(text) as JsonObject ?? throw new JsonException("no record");
            var (body, signer, _) = CanonicalJson.Read<SignedRecord>(json).Open<CheckerStatement>(chain.Deployment.Deployed);
            return body is not null && signer == witness.Key.Id && body.Witness == witness.Name
                ? (WitnessView.Vouches, body.Checker.ToHex()[2..], JsonSerializer.Deserialize<JsonElement>(text))
                : (WitnessView.NotHers, null, null);
        }
        catch (Exception failed) when (failed is HttpRequestException or IOException or OperationCanceledException)
        {
            return (WitnessView.Silent, null, null);
        }
        catch (Exception unreadable) when (unreadable is JsonException or FormatException or InvalidOperationException or ArgumentException)
        {
            return (WitnessView.NotHers, null, null);
        }
    }
}
