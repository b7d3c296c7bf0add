using Research.Api.Applications;
using Research.Api.Problems;
using Silos.Ledger.Records;

namespace Research.Api.Committee;

/// <summary>Whether a vote may be taken to the chain. The chain verifies the signature again; a conflict of interest only the hub knows.</summary>
internal static class CastVote
{
    public const string Approve = "approve";
    public const string Reject = "reject";

    /// <summary>Checks the record itself: a vote for this deployment, signed with the caller's linked key, on one of these subjects.</summary>
    /// <param name="linked">The caller's key in Members; null while she has linked none.</param>
    public static Outcome<Vote> Open(SignedRecord record, Deployed deployed, Hash32? linked, IReadOnlyList<Hash32> subjects)
    {
        if (linked is null)
        {
            return Refusal.Conflict("Link your member key to your account first.");
        }

        var opened = record.Open<Vote>(deployed);
        return opened.Body is not { } vote ? new Refusal("bad-signature", 422, $"vote: {opened.Reason}.")
            : opened.Signer != linked || vote.Member != linked ? new Refusal("bad-signature", 422, $"vote: member and signing key must be your linked key {linked}.")
            : !subjects.Contains(vote.Subject) ? new Refusal("another-subject", 409, "vote: the subject is not what is voted upon now; fetch the ballot again.")
            : vote.Decision is not (Approve or Reject) ? Refusal.Invalid($"vote: decision is '{vote.Decision}'; allowed are {Approve}, {Reject}.")
            : !Hash32.TryParse(vote.Nonce, out _) ? Refusal.Invalid("vote: nonce must be the base64url of 32 bytes.")
            : vote;
    }

    /// <summary>Nobody votes twice, after recusing herself, or on her own institution's application.</summary>
    /// <param name="record">Hash of the signed record: the same vote again is not a second one.</param>
    public static Refusal? Conflicted(Application application, string account, string? institution, string record) =>
        application.Recused.Contains(account) ? new Refusal("conflict-of-interest", 403, "You recused yourself from this application.")
        : institution is not null && institution == application.Institution ? new Refusal("conflict-of-interest", 403, "The applicant is of your own institution.")
        : application.Ballot?.Votes.Any(vote => vote.Vote.Account == account && vote.Vote.Record != record) == true ? Refusal.Conflict("You have voted on this ballot.")
        : null;

    /// <summary>Approvals by members without a conflict, as the hub has them; the chain's own count decides besides.</summary>
    public static int Approvals(Application application) =>
        application.Ballot?.Votes.Count(vote => vote.Vote.Decision == Approve && !application.Recused.Contains(vote.Vote.Account)) ?? 0;
}
