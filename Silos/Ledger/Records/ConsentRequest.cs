namespace Silos.Ledger.Records;

/// <summary>What a patient asks of her hospital's silo and of nobody else: signed like a directive, so that no hub can ask in her name.</summary>
/// <param name="Ask"><c>proof</c>, <c>history</c> or <c>erasure</c>.</param>
/// <param name="Time">RFC 3339 UTC; it is answered for ten minutes.</param>
/// <param name="Release">For a proof: the release's entry in the silo's log; null for the newest snapshot alone.</param>
/// <param name="SealTo">A P-256 key of hers to which the answer is sealed (JWE), so that who carries it cannot read her salt; null for an open answer.</param>
public sealed record ConsentRequest(
    string ChainId,
    string Contract,
    string Nonce,
    string Subject,
    Hash32 Silo,
    string Ask,
    string Time,
    long? Release = null,
    Jwk? SealTo = null,
    string Type = ConsentRequest.RecordName,
    int Version = 1)
    : ISignedBody
{
    public const string RecordName = "consent-request";
    public const string Proof = "proof";
    public const string History = "history";
    public const string Erasure = "erasure";

    public static string RecordType => RecordName;
}
