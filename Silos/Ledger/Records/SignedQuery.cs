namespace Silos.Ledger.Records;

/// <summary>What a researcher signs to ask one silo one query under one permit. The hub can neither invent nor alter nor replay it.</summary>
/// <param name="Nonce">16 random bytes: the researcher's share of the noise's randomness, used once.</param>
/// <param name="Permit">Permit id.</param>
/// <param name="Silo">Register id of the silo that is asked.</param>
/// <param name="Dataset">The dataset's name at that silo.</param>
/// <param name="QueryHash">SHA-256 of the canonical query.</param>
/// <param name="Output"><c>statistics</c> or <c>file</c>.</param>
/// <param name="Fresh">Ask anew, and pay, though a stored answer may exist.</param>
public sealed record SignedQuery(
    string ChainId,
    string Contract,
    string Nonce,
    Hash32 Permit,
    Hash32 Silo,
    string Dataset,
    Hash32 QueryHash,
    string Output = SignedQuery.Statistics,
    bool Fresh = false,
    string Type = SignedQuery.RecordName,
    int Version = 1)
    : ISignedBody
{
    public const string RecordName = "query";
    public const string Statistics = "statistics";
    public const string File = "file";

    public static string RecordType => RecordName;
}
