using Silos.Ledger.Log;
using Silos.Ledger.Records;

namespace Silos;

/// <summary>Who this silo is, to everybody else.</summary>
/// <param name="Name">The hospital's name, as people read it.</param>
/// <param name="Origin">Origin line of the silo's log.</param>
/// <param name="Key">The key that signs the log's checkpoints and the receipts.</param>
/// <param name="Deployed">The chain and contracts that records are bound to.</param>
public sealed record SiloIdentity(string Name, string Origin, SigningKey Key, Deployed Deployed)
{
    /// <summary>Register id = log id: SHA-256 of the origin line.</summary>
    public Hash32 Register { get; } = Hash32.Of(Origin);

    /// <summary>An entry that this silo is about to append: by itself unless another actor is named.</summary>
    public Entry Draft(string kind, Hash32? actor = null) => LedgerLog.Draft(kind, actor ?? Key.Id);
}
