using System.Text.Json;
using Research.Api.Protocol;
using Silos.Ledger.Records;
using Silos.Protocol;

namespace Story;

/// <summary>An output checker of a hospital: opens the file with her own key, looks at it, and signs her word on exactly these bytes.</summary>
public sealed class Checker(HubClient hub, SigningKey key, Deployed deployed) : IDisposable
{
    /// <param name="number">1 or 2.</param>
    public static async Task<Checker> SignInAsync(Stack stack, int number) =>
        new(await HubClient.SignInAsync(stack, FormattableString.Invariant($"checker{number}")), SigningKey.LoadOrCreate(KeyFile(stack.Options, number)), stack.Deployment.Deployed);

    public static string KeyFile(StackOptions options, int number) => options.In("keys", FormattableString.Invariant($"checker-{number}.jwk"));

    /// <summary>Looks at the file and approves it.</summary>
    /// <param name="job">The hub's name of the request.</param>
    /// <returns>Where the file stands at the silo.</returns>
    public async Task<ExtractView> ApproveAsync(string job)
    {
        var offered = await hub.GetAsync<SealedForChecker>($"{HubRoutes.Extracts}/{job}/checkers/{key.Id}");
        var file = SealedFile.Open(offered.File, key);
        var word = new OutputCheck(deployed.ChainId, deployed.Contract, Nonce.New(), Hash32.Parse(offered.Id), Hash32.Of(file), OutputCheck.Approve);
        return await hub.PostAsync<ExtractView>($"{HubRoutes.Extracts}/{job}/checks", new ExtractCheck(JsonSerializer.SerializeToElement(SignedRecord.Sign(word, key), CanonicalJson.Options)));
    }

    public void Dispose() => hub.Dispose();
}
