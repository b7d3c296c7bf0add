using System.Security.Cryptography;

namespace Silos.Ledger.Records;

/// <summary>
/// One line of a log. Its hashes are salted commitments (<see cref="Commitment"/>); its own salt blinds the leaf and is public with it.
/// Binds permit, query, consent snapshot, dataset version, answer and charge into one leaf, so that none can be exchanged alone.
/// </summary>
/// <param name="Kind">One of <see cref="EntryKind"/>.</param>
/// <param name="Seq">Position in the log, from 0.</param>
/// <param name="Time">RFC 3339, UTC, milliseconds.</param>
/// <param name="Actor">Key id of who caused it, or of the host for what it does by itself.</param>
/// <param name="Permit">Permit id.</param>
/// <param name="Dataset">Blinded dataset name: the commitment registered with the dataset's first entry.</param>
/// <param name="DatasetRoot">Merkle root over the record commitments of the dataset version used.</param>
/// <param name="ConsentRoot">Root of the consent snapshot used.</param>
/// <param name="PolicyHash">Commitment to the policy in force.</param>
/// <param name="QueryHash">Commitment to the canonical query.</param>
/// <param name="AnswerHash">Commitment to the answer's bytes as sent.</param>
/// <param name="SubjectHash">Commitment to what the entry is about where no other member names it: a seed, a vote, an application.</param>
/// <param name="Nonce">Nonce of the signed request that the entry answers.</param>
/// <param name="Charge">What the entry charges to register and permit.</param>
/// <param name="Salt">256 random bits.</param>
/// <param name="DatasetAge">Seconds since the digests of the dataset's table were last found to be those of <paramref name="DatasetRoot"/>, where its rows stay in a database.</param>
public sealed record Entry(
    string Kind,
    long Seq,
    string Time,
    Hash32 Actor,
    Hash32 Salt,
    Hash32? Permit = null,
    string? Dataset = null,
    Hash32? DatasetRoot = null,
    Hash32? ConsentRoot = null,
    Hash32? PolicyHash = null,
    Hash32? QueryHash = null,
    Hash32? AnswerHash = null,
    Hash32? SubjectHash = null,
    string? Nonce = null,
    Charge? Charge = null,
    long? DatasetAge = null)
{
    /// <summary>RFC 9162 section 2.1.1: SHA-256(0x00 ‖ canonical bytes).</summary>
    public Hash32 Leaf() => LeafOf(CanonicalJson.Bytes(this));

    /// <summary>The leaf of an entry's canonical bytes.</summary>
    public static Hash32 LeafOf(byte[] canonical)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData([0x00]);
        hash.AppendData(canonical);
        return new Hash32(hash.GetHashAndReset());
    }
}

/// <summary>A privacy charge: nano-rho and atto-delta as decimal strings, and files released.</summary>
public sealed record Charge(string Rho, string Delta, int Files = 0)
{
    public static Charge Of(ulong rho, ulong delta, int files = 0) =>
        new(rho.ToString(System.Globalization.CultureInfo.InvariantCulture), delta.ToString(System.Globalization.CultureInfo.InvariantCulture), files);
}

/// <summary>The kinds of entries (FORMATS.md, "Entry").</summary>
public static class EntryKind
{
    public const string DatasetRegistered = "dataset-registered";
    public const string DatasetVersion = "dataset-version";
    public const string ConsentSnapshot = "consent-snapshot";
    public const string ApplicationSubmitted = "application-submitted";
    public const string Vote = "vote";
    public const string PermitIssued = "permit-issued";
    public const string PermitSuspended = "permit-suspended";
    public const string PermitRevoked = "permit-revoked";
    public const string Query = "query";
    public const string Denial = "denial";
    public const string Redelivery = "redelivery";
    public const string Extract = "extract";
    public const string OutputCheck = "output-check";
    public const string Download = "download";
    public const string Payment = "payment";
    public const string BudgetRaised = "budget-raised";
    public const string PolicyChanged = "policy-changed";
    public const string MemberChanged = "member-changed";
    public const string Erasure = "erasure";
    public const string AuditRead = "audit-read";
    public const string SeedCommitted = "seed-committed";
    public const string Tamper = "tamper";
    public const string ReAnchored = "re-anchored";
    public const string Void = "void";
    public const string Alarm = "alarm";

    /// <summary>An application's step: application-submitted, application-returned, …</summary>
    public static string Application(string step) => "application-" + step;
}
