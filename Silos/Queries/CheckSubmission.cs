using System.Text.Json;
using System.Text.Json.Nodes;
using Silos.Ledger.Records;
using Silos.Protocol;

namespace Silos.Queries;

/// <summary>A query whose signatures hold: who asks, with which key, what.</summary>
/// <param name="Person">Key id that the permit must name: the signer's, or who delegated to the signer.</param>
/// <param name="Record">The signed record, by whose hash the question is named.</param>
public sealed record CheckedQuery(SignedQuery Body, Hash32 Person, Hash32 Signer, SignedRecord Record)
{
    /// <summary>The question's name here: the hash of what was signed.</summary>
    public Hash32 Id { get; } = Record.Hash();
}

/// <summary>A refusal: a <see cref="RefusalCode"/> and one sentence.</summary>
/// <param name="OfStranger">Whether nobody whom a permit names can be held to the request: it was forged, altered or replayed.</param>
public sealed record Refusal(string Code, string Detail, bool OfStranger = false);

/// <summary>Whether a submission is what a researcher signed for this silo. Pure; believes no caller.</summary>
public static class CheckSubmission
{
    private static readonly TimeSpan LongestDelegation = TimeSpan.FromHours(24);

    public static (CheckedQuery? Query, Refusal? Refusal) Of(QuerySubmission submission, Hash32 register, Deployed deployed, DateTimeOffset now)
    {
        var record = Read(submission.Signed);
        if (record is null)
        {
            return Refuse(RefusalCode.BadRequest, "signed: is not a signed record; allowed is {body, key, signature}");
        }

        var opened = record.Open<SignedQuery>(deployed);
        if (opened.Body is not { } body)
        {
            return Refuse(RefusalCode.BadSignature, "signed: " + opened.Reason);
        }

        if (body.Silo != register)
        {
            return Refuse(RefusalCode.BadRequest, $"signed.silo: '{body.Silo}' is not this register; allowed is '{register}'");
        }

        if (!Nonce.IsValid(body.Nonce))
        {
            return Refuse(RefusalCode.BadRequest, "signed.nonce: is not the base64url of 16 bytes");
        }

        if (submission.Delegation is not { } delegation)
        {
            return (new CheckedQuery(body, opened.Signer, opened.Signer, record), null);
        }

        var lent = Read(delegation)?.Open<Delegation>(deployed);
        return lent?.Body is { } grant && Holds(grant, opened.Signer, now)
            ? (new CheckedQuery(body, lent.Signer, opened.Signer, record), null)
            : Refuse(RefusalCode.BadSignature, "delegation: " + (lent?.Reason ?? "does not lend the session key its right now, for at most 24 hours"));
    }

    private static bool Holds(Delegation grant, Hash32 session, DateTimeOffset now) =>
        grant.Session == session
        && RecordTime.Read(grant.NotBefore) is { } start
        && RecordTime.Read(grant.NotAfter) is { } end
        && start <= now && now < end && end - start <= LongestDelegation;

    private static SignedRecord? Read(JsonElement json)
    {
        try
        {
            return CanonicalJson.Read<SignedRecord>(JsonNode.Parse(json.GetRawText())!);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static (CheckedQuery?, Refusal?) Refuse(string code, string detail) => (null, new Refusal(code, detail, OfStranger: true));
}
