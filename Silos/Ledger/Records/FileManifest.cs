namespace Silos.Ledger.Records;

/// <summary>What a released file is: signed by the silo, and bound to the entry that commits to the file. <c>verify file</c> checks a file against it.</summary>
/// <param name="FileHash">SHA-256 of the file's bytes: how a release is cited.</param>
/// <param name="Permit">Permit id.</param>
/// <param name="DatasetRoot">Root of the dataset version.</param>
/// <param name="ConsentRoot">Root of the consent snapshot used.</param>
/// <param name="Seq">The extract's entry in the silo's log.</param>
/// <param name="Rows">Rows in the file.</param>
/// <param name="Classes">Equivalence classes in the file.</param>
/// <param name="K">Patients in the smallest class, at least.</param>
/// <param name="QuasiIdentifiers">The generalized columns.</param>
/// <param name="Levels">Their levels.</param>
public sealed record FileManifest(
    string ChainId,
    string Contract,
    string Nonce,
    string Log,
    Hash32 FileHash,
    Hash32 Permit,
    Hash32 DatasetRoot,
    Hash32 ConsentRoot,
    long Seq,
    long Rows,
    long Classes,
    int K,
    IReadOnlyList<string> QuasiIdentifiers,
    IReadOnlyList<int> Levels,
    string Type = FileManifest.RecordName,
    int Version = 1)
    : ISignedBody
{
    public const string RecordName = "file-manifest";

    public static string RecordType => RecordName;
}
