using System.Globalization;
using System.Text.Json;
using Silos.Ledger.Chain;
using Silos.Ledger.History;
using Silos.Ledger.Records;

namespace Silos.Verifier;

/// <summary>The chain that receipts are checked against: the deployment, and its events replayed.</summary>
internal sealed class ChainSource : IDisposable
{
    private readonly HttpClient http;
    private readonly ChainClient client;
    private readonly ChainReplay replay;

    private ChainSource(HttpClient http, ChainClient client, ChainReplay replay) => (this.http, this.client, this.replay) = (http, client, replay);

    public Deployed Deployed => client.Deployment.Deployed;

    /// <param name="deploymentPath">The deployment file; null finds the contracts from the receipt.</param>
    /// <returns>Null after a finding that says why there is none.</returns>
    public static async Task<ChainSource?> OpenAsync(Uri url, string? deploymentPath, SignedRecord receipt, Findings findings)
    {
        var http = new HttpClient { Timeout = TimeSpan.FromSeconds(60) };
        var rpc = new JsonRpc(http, url);
        var deployment = deploymentPath is not null ? ReadDeployment(deploymentPath) : await FindDeployment.RunAsync(rpc, Member(receipt, "contract"), Member(receipt, "transaction"), findings);
        if (deployment is null)
        {
            http.Dispose();
            return null;
        }

        var client = new ChainClient(rpc, deployment);
        if (deploymentPath is not null)
        {
            await client.CheckDeploymentAsync();
            findings.Check(true, $"deployment: chain {deployment.ChainId}, Members at {deployment.Members}", "");
        }

        return new ChainSource(http, client, ChainReplay.Of(await client.ReadEventsAsync()));
    }

    /// <summary>Checks one receipt.</summary>
    public async Task CheckAsync(ReceiptFile file, int? witnesses, Findings findings)
    {
        var size = SizeOf(file.Signed);
        var times = new Dictionary<ulong, DateTimeOffset>();
        foreach (var anchor in replay.Anchors.Where(anchor => anchor.Key.Size == size).Select(anchor => anchor.Value.Block).Distinct())
        {
            if (await client.ReadBlockAsync(anchor) is { } block)
            {
                times[anchor] = block.Time;
            }
        }

        new ReceiptCheck(replay, Deployed, block => times.TryGetValue(block, out var time) ? time : null, witnesses, findings).Run(file);
    }

    public void Dispose()
    {
        client.Dispose();
        http.Dispose();
    }

    private static Deployment ReadDeployment(string path)
    {
        try
        {
            return Deployment.Read(path);
        }
        catch (Exception bad) when (bad is FormatException or IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"--deployment: {bad.Message}");
        }
    }

    private static string Member(SignedRecord receipt, string name) =>
        receipt.Body[name] is { } value && value.GetValueKind() == JsonValueKind.String && value.GetValue<string>() is { } text && text.StartsWith("0x", StringComparison.Ordinal)
            ? text
            : throw new UsageException($"the receipt's member '{name}' is no 0x-hex text");

    /// <summary>The size that the receipt's checkpoint claims; 0 when it claims none.</summary>
    private static long SizeOf(SignedRecord receipt) =>
        receipt.Body["checkpoint"]?.ToString().Split('\n') is [_, var size, ..] && long.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out var leaves) ? leaves : 0;
}
