using System.ComponentModel.DataAnnotations;
using Silos.Ledger.Records;

namespace Silos.Ledger.Checkpoints;

/// <summary>Whom a log asks to co-sign (section <c>Witnesses</c>). Without witnesses nobody is asked.</summary>
public sealed class WitnessSettings
{
    /// <summary>How many of them must co-sign before a checkpoint is anchored? From 1 to their number; 1 by default.</summary>
    [Range(1, 16)]
    public int Quorum { get; init; } = 1;

    public List<WitnessSetting> Known { get; init; } = [];

    /// <summary>The quorum to give to a log; null without witnesses.</summary>
    /// <exception cref="FormatException">A key is none, or the quorum is larger than the number of witnesses.</exception>
    public WitnessQuorum? Build(HttpClient http)
    {
        if (Known.Count > 0 && Quorum > Known.Count)
        {
            throw new FormatException($"Witnesses:Quorum is {Quorum}; allowed is 1 to {Known.Count}, the number of witnesses");
        }

        return Known.Count == 0 ? null
            : new WitnessQuorum(http, [.. Known.Select(known => new KnownWitness(known.Name, PublicKey.From(new Jwk("P-256", "EC", known.X, known.Y)), new Uri(known.Url)))], Quorum);
    }
}

/// <summary>A witness: its name, its key's coordinates (base64url), and where it listens.</summary>
public sealed class WitnessSetting
{
    public string Name { get; init; } = "";

    public string X { get; init; } = "";

    public string Y { get; init; } = "";

    public string Url { get; init; } = "";
}
