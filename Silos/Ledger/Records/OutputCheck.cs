namespace Silos.Ledger.Records;

/// <summary>An output checker's word on a file: signed with a key that the hospital registered. Two different checkers must approve before it leaves.</summary>
/// <param name="Extract">The extract's name: hash of the signed request.</param>
/// <param name="FileHash">SHA-256 of the file that was looked at.</param>
/// <param name="Decision"><c>approve</c> or <c>reject</c>.</param>
public sealed record OutputCheck(
    string ChainId, string Contract, string Nonce, Hash32 Extract, Hash32 FileHash, string Decision, string Type = OutputCheck.RecordName, int Version = 1)
    : ISignedBody
{
    public const string RecordName = "output-check";
    public const string Approve = "approve";
    public const string Reject = "reject";

    public static string RecordType => RecordName;
}
