using Silos.Ledger.Records;

namespace Silos.Ledger.Log;

/// <summary>Writes what a caller takes away: a receipt, signed with the log's key.</summary>
public sealed class ReceiptWriter(LedgerLog log, Deployed deployed, SigningKey key)
{
    /// <param name="opened">What opens the entry's commitments for this caller, by the entry's member: <c>queryHash</c>, <c>answerHash</c>, <c>policyHash</c>, <c>subjectHash</c>.</param>
    /// <exception cref="ArgumentException">An opening does not open its commitment: the caller could never check it.</exception>
    public SignedRecord Write(FinalEntry final, IReadOnlyDictionary<string, Opening> opened)
    {
        var entry = CanonicalJson.ToJson(final.Entry);
        foreach (var (member, opening) in opened)
        {
            if (entry[member]?.GetValue<string>() != opening.Commit().ToString())
            {
                throw new ArgumentException($"receipt: the opening of '{member}' does not open entry {final.Entry.Seq}", nameof(opened));
            }
        }

        var receipt = new Receipt(deployed.ChainId, deployed.Contract, Nonce.New(), log.Origin, entry, final.Checkpoint, final.Proof, final.Transaction, opened);
        return SignedRecord.Sign(receipt, key);
    }
}
