using System.Text.Json.Nodes;

namespace Silos.Ledger.Records;

/// <summary>
/// What a patient takes away when a directive was recorded, signed by the silo: the fields of ISO/IEC TS 27560 (who controls, which record, what was
/// agreed under which text, when, how it is withdrawn). <c>verify consent</c> checks it, and that the directive in it is hers.
/// </summary>
/// <param name="Schema">The specification whose fields these are.</param>
/// <param name="RecordId">SHA-256 of the directive's canonical bytes.</param>
/// <param name="Controller">The hospital's name.</param>
/// <param name="Log">Origin line of its log.</param>
/// <param name="ReceivedAt">RFC 3339 UTC.</param>
/// <param name="Withdrawal">How it is withdrawn.</param>
/// <param name="Directive">The directive as it was recorded, with its signatures.</param>
public sealed record ConsentReceipt(
    string ChainId,
    string Contract,
    string Nonce,
    string Schema,
    Hash32 RecordId,
    string Controller,
    string Log,
    string ReceivedAt,
    string Withdrawal,
    JsonObject Directive,
    string Type = ConsentReceipt.RecordName,
    int Version = 1)
    : ISignedBody
{
    public const string RecordName = "consent-receipt";
    public const string Iso27560 = "ISO/IEC TS 27560:2023";

    public static string RecordType => RecordName;

    /// <summary>The receipt of a directive.</summary>
    public static ConsentReceipt Of(Deployed deployed, string controller, string log, SignedRecord directive, string receivedAt) => new(
        deployed.ChainId,
        deployed.Contract,
        Records.Nonce.New(),
        Iso27560,
        directive.Hash(),
        controller,
        log,
        receivedAt,
        "At any time, without a reason, by a directive that says deny, or by asking the hospital. What was released before cannot be recalled.",
        CanonicalJson.ToJson(directive));
}
