namespace Silos.Ledger.Records;

/// <summary>A board member's vote. The contracts rebuild these canonical bytes and verify the signature on the chain.</summary>
/// <param name="Member">Key id of the member.</param>
/// <param name="Decision"><c>approve</c> or <c>reject</c>; whether that is of issuing, suspending, resuming or revoking, the subject says.</param>
/// <param name="Subject">Hash of what is voted upon (<c>Silos.Ledger.Chain.Subjects</c>).</param>
public sealed record Vote(string ChainId, string Contract, string Nonce, Hash32 Member, string Decision, Hash32 Subject, string Type = Vote.RecordName, int Version = 1)
    : ISignedBody
{
    public const string RecordName = "vote";

    public static string RecordType => RecordName;
}
