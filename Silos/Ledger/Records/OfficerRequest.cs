namespace Silos.Ledger.Records;

/// <summary>What a hospital's officer asks of the own silo through a hub: signed, so that no hub can ask in an officer's name. It counts once.</summary>
/// <param name="Ask"><c>load</c> or <c>quality</c>.</param>
/// <param name="Time">RFC 3339 UTC; it is answered for five minutes.</param>
/// <param name="Dataset">The registered dataset to load anew, or whose quality report is wanted; null for a load by a definition file.</param>
/// <param name="Folder">For a load: a folder on the silo's own machine.</param>
/// <param name="Definition">For a load: a definition file there, for a dataset that is not registered yet.</param>
/// <param name="ReferenceDate">For a load: the day on which ages are counted, yyyy-MM-dd; today by default.</param>
/// <param name="SealTo">A P-256 key of the officer's to which the answer is sealed (JWE); the signing key by default. No answer is open: whoever carries it must not read exact counts.</param>
public sealed record OfficerRequest(
    string ChainId,
    string Contract,
    string Nonce,
    Hash32 Silo,
    string Ask,
    string Time,
    string? Dataset = null,
    string? Folder = null,
    string? Definition = null,
    string? ReferenceDate = null,
    Jwk? SealTo = null,
    string Type = OfficerRequest.RecordName,
    int Version = 1)
    : ISignedBody
{
    public const string RecordName = "officer-request";
    public const string Load = "load";
    public const string Quality = "quality";

    public static string RecordType => RecordName;
}
