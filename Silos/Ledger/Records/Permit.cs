namespace Silos.Ledger.Records;

/// <summary>
/// A data permit as the board votes on it: who may ask what, of which datasets, until when, within which caps.
/// Its id is the SHA-256 of its canonical bytes; the chain knows only that id, the end and the caps.
/// </summary>
/// <param name="Salt">Makes the id unguessable.</param>
/// <param name="Application">The hub's id of the application that it grants.</param>
/// <param name="Purpose">DUO code of the purpose, such as <c>DUO:0000042</c>.</param>
/// <param name="Use">What the cohort is filtered by besides the purpose.</param>
/// <param name="Datasets">What may be asked.</param>
/// <param name="People">Who may ask.</param>
/// <param name="Caps">What may be spent, per register.</param>
/// <param name="Outputs"><c>statistics</c>, <c>file</c>.</param>
/// <param name="MinimumCell">Smallest cell shown; a silo's own floor may be higher.</param>
/// <param name="NotBefore">RFC 3339 UTC.</param>
/// <param name="NotAfter">RFC 3339 UTC; at most ten years after.</param>
public sealed record Permit(
    string ChainId,
    string Contract,
    string Nonce,
    Hash32 Salt,
    string Application,
    string Purpose,
    PermitUse Use,
    IReadOnlyList<PermitDataset> Datasets,
    IReadOnlyList<PermitPerson> People,
    IReadOnlyList<PermitCap> Caps,
    IReadOnlyList<string> Outputs,
    int MinimumCell,
    string NotBefore,
    string NotAfter,
    string Type = Permit.RecordName,
    int Version = 1)
{
    public const string RecordName = "permit";

    /// <summary>The permit's name on the chain.</summary>
    public Hash32 Id() => CanonicalJson.Hash(this);

    /// <summary>Whether it names this person, by the id of her key.</summary>
    public bool Names(Hash32 person) => People.Any(one => one.Key == person);
}

/// <summary>Kind of user (<c>non-profit</c>, <c>for-profit</c>), country (ISO 3166-1 alpha-2) and, for disease-specific purposes, the ICD-10 block.</summary>
public sealed record PermitUse(string User, string Country, string? Disease = null);

/// <summary>A dataset of a silo, by the silo's register id.</summary>
public sealed record PermitDataset(Hash32 Silo, string Dataset);

/// <summary>A person by the key that signs queries, and the separate key that files are sealed to.</summary>
public sealed record PermitPerson(Hash32 Key, Jwk? FileKey = null);

/// <summary>What a permit may spend at one register: nano-rho, atto-delta (decimal strings), files.</summary>
public sealed record PermitCap(Hash32 Register, string Rho, string Delta, int Files = 0);
