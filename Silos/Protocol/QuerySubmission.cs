using System.Text.Json;

namespace Silos.Protocol;

/// <summary>A query on its way to a silo.</summary>
/// <param name="Signed">The signed record of type <c>query</c>.</param>
/// <param name="Delegation">The signed delegation, when a session key signed.</param>
/// <param name="Query">The query of FORMATS.md; its canonical form must hash to the signed queryHash.</param>
public sealed record QuerySubmission(JsonElement Signed, JsonElement Query, JsonElement? Delegation = null);

/// <summary>What a query would cost and how far off its answer may be; asks nothing and charges nothing.</summary>
/// <param name="Permit">Permit id under which it would be asked, whose smallest cell may be above the hospital's; null for the hospital's alone.</param>
public sealed record PreviewRequest(string Dataset, JsonElement Query, string? Permit = null);

/// <summary>Why a silo refuses. The codes are stable; a refusal never says anything that depends on the data.</summary>
public static class RefusalCode
{
    public const string BadRequest = "bad-request";
    public const string BadQuery = "bad-query";
    public const string BadSignature = "bad-signature";
    public const string ReplayedNonce = "replayed-nonce";
    public const string UnknownDataset = "unknown-dataset";
    public const string UnknownPermit = "unknown-permit";
    public const string PermitNotActive = "permit-not-active";
    public const string NotPermitted = "not-permitted";
    public const string OverQueryFloor = "over-query-floor";
    public const string OverPermitCap = "over-permit-cap";
    public const string OverRegisterBudget = "over-register-budget";
    public const string ChargeRefused = "charge-refused";
    public const string LedgerUnavailable = "ledger-unavailable";
    public const string Tampered = "dataset-tampered";
    public const string NotReady = "not-ready";
    public const string Held = "held";
    public const string UnknownSubject = "unknown-subject";
}
