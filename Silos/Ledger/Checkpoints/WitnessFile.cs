using System.Text.Json;
using Silos.Ledger.Records;

namespace Silos.Ledger.Checkpoints;

/// <summary>The witnesses that a host asks, as its configuration names them (<c>Ledger:Witnesses</c>, a JSON file): who they are, and how many must sign.</summary>
/// <param name="Quorum">Co-signatures wanted: from 1 to the number of witnesses.</param>
public sealed record WitnessFile(int Quorum, IReadOnlyList<NamedWitness> Witnesses)
{
    /// <summary>Reads the file that the setting names; null when there is no setting: then nobody co-signs.</summary>
    /// <exception cref="FormatException">The file is not one of witnesses; the message names the field.</exception>
    public static WitnessQuorum? Read(string? path)
    {
        if (string.IsNullOrEmpty(path))
        {
            return null;
        }

        try
        {
            var file = JsonSerializer.Deserialize<WitnessFile>(File.ReadAllText(path), CanonicalJson.Options)!;
            return file.Quorum >= 1 && file.Quorum <= file.Witnesses.Count
                ? new WitnessQuorum(new HttpClient { Timeout = WitnessQuorum.VouchPatience }, [.. file.Witnesses.Select(one => new KnownWitness(one.Name, PublicKey.From(one.Key), one.Url))], file.Quorum)
                : throw new FormatException($"{path}: quorum is {file.Quorum}; allowed are 1 to {file.Witnesses.Count}");
        }
        catch (JsonException bad)
        {
            throw new FormatException($"{path} is not a file of witnesses: {bad.Message}", bad);
        }
    }
}

/// <summary>A witness by name, public key and address.</summary>
public sealed record NamedWitness(string Name, Jwk Key, Uri Url);
