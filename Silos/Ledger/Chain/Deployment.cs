using System.Text.Json;
using Silos.Ledger.Records;

namespace Silos.Ledger.Chain;

/// <summary>Where the contracts stand, and on which chain: what every silo, hub, witness and verifier is configured with.</summary>
/// <param name="ChainId">Decimal.</param>
/// <param name="GenesisHash">Hash (0x-hex) of block 0: another chain has another.</param>
/// <param name="Members">Address, lower-case 0x-hex; names the deployment in signed bodies.</param>
/// <param name="FirstBlock">The block in which the first contract was created: no event of theirs is older.</param>
/// <param name="FirstBlockHash">Its hash: a chain made anew from the same block 0 has another there. Null where it was not written down.</param>
public sealed record Deployment(string ChainId, string GenesisHash, string Members, string Permits, string Budgets, string TransparencyLog, ulong FirstBlock, string? FirstBlockHash = null)
{
    private static readonly JsonSerializerOptions Options = new(CanonicalJson.Options) { WriteIndented = true };

    /// <summary>What signed bodies name.</summary>
    public Deployed Deployed => new(ChainId, Members);

    /// <exception cref="FormatException">The file is not a deployment.</exception>
    public static Deployment Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<Deployment>(File.ReadAllText(path), Options) ?? throw new JsonException("null");
        }
        catch (JsonException bad)
        {
            throw new FormatException($"{path} is not a deployment file: {bad.Message}", bad);
        }
    }

    /// <summary>Writes the file beside and moves it into place, so that no reader sees half of it.</summary>
    public void Write(string path)
    {
        var partial = path + ".new";
        File.WriteAllText(partial, JsonSerializer.Serialize(this, Options));
        File.Move(partial, path, overwrite: true);
    }
}
