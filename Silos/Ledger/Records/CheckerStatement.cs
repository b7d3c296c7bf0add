namespace Silos.Ledger.Records;

/// <summary>A witness's word on the single-file checker: the file of this hash is the one that its operator looked at and vouches for.</summary>
/// <param name="Witness">The name under which the witness co-signs.</param>
/// <param name="Checker">SHA-256 of the file's bytes.</param>
public sealed record CheckerStatement(
    string ChainId,
    string Contract,
    string Nonce,
    string Witness,
    Hash32 Checker,
    string Type = CheckerStatement.RecordName,
    int Version = 1)
    : ISignedBody
{
    public const string RecordName = "checker-statement";

    public static string RecordType => RecordName;
}
