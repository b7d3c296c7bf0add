using System.Globalization;
using System.Text.Json;
using Silos.Ledger.Chain;
using Silos.Ledger.History;
using Silos.Ledger.Records;

namespace Silos.Verifier;

/// <summary><c>verify receipt FILE --rpc URL</c>.</summary>
internal static class ReceiptCommand
{
    public static async Task<int> RunAsync(string path, Uri url, string? deploymentPath, int? witnesses, TextWriter output, byte[]? released = null)
    {
        var file = ReceiptFile.Read(path);
        file = file with { AnswerBytes = released ?? file.AnswerBytes };
        var findings = new Findings(output);
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(60) };
        var rpc = new JsonRpc(http, url);
        var deployment = deploymentPath is not null
            ? ReadDeployment(deploymentPath)
            : await FindDeployment.RunAsync(rpc, Member(file, "contract"), Member(file, "transaction"), findings);
        if (deployment is not null)
        {
            using var client = new ChainClient(rpc, deployment);
            if (deploymentPath is not null)
            {
                await client.CheckDeploymentAsync();
                findings.Check(true, $"deployment: chain {deployment.ChainId}, Members at {deployment.Members}", "");
            }

            var replay = ChainReplay.Of(await client.ReadEventsAsync());
            var size = SizeOf(file);
            var times = new Dictionary<ulong, DateTimeOffset>();
            foreach (var anchor in replay.Anchors.Where(anchor => anchor.Key.Size == size).Select(anchor => anchor.Value.Block).Distinct())
            {
                if (await client.ReadBlockAsync(anchor) is { } block)
                {
                    times[anchor] = block.Time;
                }
            }

            new ReceiptCheck(replay, deployment.Deployed, block => times.TryGetValue(block, out var time) ? time : null, witnesses, findings).Run(file);
        }

        return findings.Conclude("receipt");
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

    private static string Member(ReceiptFile file, string name) =>
        file.Signed.Body[name] is { } value && value.GetValueKind() == JsonValueKind.String && value.GetValue<string>() is { } text && text.StartsWith("0x", StringComparison.Ordinal)
            ? text
            : throw new UsageException($"the receipt's member '{name}' is no 0x-hex text");

    /// <summary>The size that the receipt's checkpoint claims; 0 when it claims none.</summary>
    private static long SizeOf(ReceiptFile file) =>
        file.Signed.Body["checkpoint"]?.ToString().Split('\n') is [_, var size, ..] && long.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out var leaves) ? leaves : 0;
}
