using System.ComponentModel.DataAnnotations;

namespace Silos.Witness;

/// <summary>Who this witness is and whom it listens to (section <c>Witness</c>).</summary>
internal sealed class WitnessOptions
{
    /// <summary>Under what name does it sign? A URL without a scheme, such as <c>patients.example/witness</c>, without spaces and plus signs.</summary>
    [Required, RegularExpression(@"[^\s+]{1,200}")]
    public string Name { get; init; } = "";

    /// <summary>Where is its P-256 key? A JWK file, made at the first start; Members names the key with the role of a witness.</summary>
    [Required]
    public string KeyFile { get; init; } = "";

    /// <summary>Where does it keep what it has seen? A connection string, SQLite or PostgreSQL.</summary>
    [Required]
    public string Database { get; init; } = "";

    /// <summary>For which single-file checker does its operator vouch? Path of her own copy, which she looked at or built herself; none by default.</summary>
    public string? Checker { get; init; }

    /// <summary>Addresses of other witnesses, whose checkpoints it compares with its own.</summary>
    public List<Uri> Peers { get; init; } = [];

    /// <summary>How often does it ask them? 100 ms to 1 hour; 10 s by default.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "01:00:00")]
    public TimeSpan GossipInterval { get; init; } = TimeSpan.FromSeconds(10);
}

/// <summary>The chain that names the logs and their keys (section <c>Ledger</c>).</summary>
internal sealed class LedgerOptions
{
    /// <summary>Address of a node.</summary>
    [Required]
    public Uri? Rpc { get; init; }

    /// <summary>The deployment file.</summary>
    [Required]
    public string Deployment { get; init; } = "";
}
