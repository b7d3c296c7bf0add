using System.Text.Json.Nodes;

namespace Silos.Ledger.Records;

/// <summary>
/// What a caller takes away: the entry, its proof of inclusion in a checkpoint that is anchored on the chain, and what opens the
/// entry's commitments for the caller alone. Signed by the log's key; <c>verify receipt</c> checks it without trusting the signer.
/// </summary>
/// <param name="Log">The log's origin line.</param>
/// <param name="Entry">The entry as it was hashed.</param>
/// <param name="Checkpoint">The signed note (C2SP tlog-checkpoint) whose tree holds the entry.</param>
/// <param name="Proof">Inclusion proof of the entry in that tree, from the leaf upwards.</param>
/// <param name="Transaction">Hash (0x-hex) of the transaction that anchored the checkpoint.</param>
/// <param name="Opened">By the entry's member (<c>queryHash</c>, <c>answerHash</c>, <c>policyHash</c>, <c>subjectHash</c>): content hash and salt.</param>
public sealed record Receipt(
    string ChainId,
    string Contract,
    string Nonce,
    string Log,
    JsonObject Entry,
    string Checkpoint,
    IReadOnlyList<Hash32> Proof,
    string Transaction,
    IReadOnlyDictionary<string, Opening> Opened,
    string Type = Receipt.RecordName,
    int Version = 1)
    : ISignedBody
{
    public const string RecordName = "receipt";

    public static string RecordType => RecordName;
}
