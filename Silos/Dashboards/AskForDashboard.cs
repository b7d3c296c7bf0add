using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Anonymizer.DifferentialPrivacy.Queries;
using Silos.Datasets;
using Silos.Ledger.Records;
using Silos.Protocol;
using Silos.Queries;

namespace Silos.Dashboards;

/// <summary>The key that signs a silo's dashboard questions. A permit names it as it names a researcher's.</summary>
public sealed record DashboardKey(SigningKey Key);

/// <summary>
/// Asks a dashboard's question as a researcher would: signed, under a permit, through <see cref="RunQuery"/>. There is no other way to a figure.
/// </summary>
public sealed class AskForDashboard(RunQuery run, SiloIdentity silo)
{
    private const int MostAttempts = 8;

    /// <param name="key">Whose key the permit names.</param>
    /// <returns>The answer's JSON as it left, or why it was refused.</returns>
    public async Task<(string? Answer, Refusal? Refusal)> RunAsync(SigningKey key, OpenedDataset dataset, Hash32 permit, string name, JsonElement question, CancellationToken cancel)
    {
        var hash = Hash32.Of(Query.Parse(question, dataset.Schema).Canonical());
        for (var attempt = 0; ; attempt++)
        {
            var body = new SignedQuery(
                silo.Deployed.ChainId, silo.Deployed.Contract, NonceOf(permit, dataset.Root, name, attempt), permit, silo.Register, dataset.Definition.Id, hash);
            var signed = JsonSerializer.SerializeToElement(SignedRecord.Sign(body, key), CanonicalJson.Options);
            var outcome = await run.AskAsync(new QuerySubmission(signed, question), cancel);
            if (outcome.Refusal is not { Code: RefusalCode.ReplayedNonce } || attempt == MostAttempts)
            {
                return (outcome.Answer is { } bytes ? Encoding.UTF8.GetString(bytes) : null, outcome.Refusal);
            }
        }
    }

    /// <summary>
    /// The nonce follows from permit, dataset version and question: the hospital signs these questions itself, and so it cannot try nonces until the noise
    /// suits it. A further attempt is one after a crash, and shows.
    /// </summary>
    internal static string NonceOf(Hash32 permit, Hash32 datasetRoot, string question, int attempt) => Base64Text.Encode(
        SHA256.HashData(Encoding.UTF8.GetBytes(FormattableString.Invariant($"researchhub/dashboard/{permit}/{datasetRoot}/{question}/{attempt}"))).AsSpan(0, 16).ToArray());
}
