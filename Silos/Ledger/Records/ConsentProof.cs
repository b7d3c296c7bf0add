using Silos.Ledger.Merkle;

namespace Silos.Ledger.Records;

/// <summary>
/// What a patient takes away to check, with nobody's help, what a consent snapshot holds under her name, and which snapshot a release used
/// (<c>verify consent</c>). It holds no clinical value; her salt is her secret.
/// </summary>
/// <param name="Subject">Her enrolment at the silo.</param>
/// <param name="Salt">Her salt: her name in the snapshot is the commitment to the subject's hash with it, her value the commitment to her signed directive's hash.</param>
/// <param name="Snapshot">Receipt of the <c>consent-snapshot</c> entry.</param>
/// <param name="Proof">What the snapshot holds under her name.</param>
/// <param name="Directive">Her directive in force in it; null if she had given none.</param>
/// <param name="Release">Receipt of a release, to be shown to have used this snapshot.</param>
public sealed record ConsentProof(string Subject, Hash32 Salt, SignedRecord Snapshot, SnapshotProof Proof, SignedRecord? Directive = null, SignedRecord? Release = null);
