namespace Silos.Ledger.Records;

/// <summary>What a history export consists of, signed by the exporter's key in Members. The zip container itself is not covered.</summary>
/// <param name="Time">When it was made, RFC 3339 UTC.</param>
/// <param name="Block">The newest block that it covers.</param>
/// <param name="Files">SHA-256 of each other file, by its name.</param>
public sealed record Manifest(
    string ChainId,
    string Contract,
    string Nonce,
    string Time,
    long Block,
    IReadOnlyDictionary<string, Hash32> Files,
    string Type = Manifest.RecordName,
    int Version = 1)
    : ISignedBody
{
    public const string RecordName = "manifest";

    public static string RecordType => RecordName;
}
