namespace Silos.Ledger.Records;

/// <summary>A researcher's key lends its right to sign queries to a session key, for at most a day.</summary>
/// <param name="Session">Key id of the session key.</param>
/// <param name="NotAfter">RFC 3339 UTC; at most 24 hours after <paramref name="NotBefore"/>.</param>
public sealed record Delegation(string ChainId, string Contract, string Nonce, Hash32 Session, string NotBefore, string NotAfter, string Type = Delegation.RecordName, int Version = 1)
    : ISignedBody
{
    public const string RecordName = "delegation";

    public static string RecordType => RecordName;
}
