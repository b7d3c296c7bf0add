namespace Silos.Ledger.Records;

/// <summary>A witness's word that the contracts' events up to a block, as its own node of the chain tells them, are exactly these: so that a history export can be checked without a node.</summary>
/// <param name="Block">The newest block that it covers.</param>
/// <param name="Lines">SHA-256 of the lines of <c>chain.ndjson</c> before this statement.</param>
public sealed record ChainStatement(
    string ChainId,
    string Contract,
    string Nonce,
    long Block,
    Hash32 Lines,
    string Type = ChainStatement.RecordName,
    int Version = 1)
    : ISignedBody
{
    public const string RecordName = "chain-statement";

    public static string RecordType => RecordName;
}
