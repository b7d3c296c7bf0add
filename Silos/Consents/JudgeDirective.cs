using Silos.Ledger.Records;

namespace Silos.Consents;

/// <summary>What the register knows when it judges.</summary>
/// <param name="Register">This silo's register id.</param>
/// <param name="Silo">Key id of the silo itself, which writes down a no that a signed-in patient or the hospital brings: that needs no signature of hers.</param>
/// <param name="Today">The moment of receipt.</param>
public sealed record Judging(Hash32 Register, Hash32 Silo, PublishedTexts Texts, DateTimeOffset Today)
{
    /// <summary>How long before its receipt a permit may begin: consent is not back-dated.</summary>
    public static TimeSpan Oldest { get; } = TimeSpan.FromHours(24);

    public DateOnly Day => DateOnly.FromDateTime(Today.UtcDateTime);
}

/// <summary>Whether a signed directive is recorded. Pure.</summary>
public static class JudgeDirective
{
    /// <param name="verified">The opened record with its signers.</param>
    /// <param name="consent">Who the subject is, or null.</param>
    /// <param name="keys">Who may sign for her.</param>
    /// <returns>Null when it is to be recorded, else field, value and what is allowed.</returns>
    public static string? Refusal(VerifiedByAll<Directive> verified, PatientConsent? consent, KeySet? keys, Judging judging)
    {
        if (verified.Body is not { } directive)
        {
            return verified.Reason;
        }

        if (consent is null || keys is null)
        {
            return $"subject: '{(directive.Subject.Length > 60 ? directive.Subject[..60] : directive.Subject)}' is not enrolled here";
        }

        return DirectiveRules.Fault(directive) ?? directive switch
        {
            _ when !MaySign(directive, verified.Signers, keys, judging) =>
                $"key: {verified.Signers.Count} of the keys that the hospital enrolled for this patient must count, {keys.Needed} of {keys.Holders.Count}; these are not they",
            _ when directive.Silo != judging.Register => $"silo: '{directive.Silo}' is not this register; allowed is '{judging.Register}'",
            _ when directive.Sequence != consent.Sequence + 1 => $"sequence: {directive.Sequence}; allowed is {consent.Sequence + 1}",
            { Decision: Directive.Deny } => null,
            _ when RecordTime.Read(directive.NotBefore) < judging.Today - Judging.Oldest =>
                $"notBefore: '{directive.NotBefore}'; allowed is '{RecordTime.Write(judging.Today - Judging.Oldest)}' or later: a permit is not back-dated",
            _ => judging.Texts.Fault(directive.Text),
        };
    }

    private static bool MaySign(Directive directive, IReadOnlyList<Hash32> signers, KeySet keys, Judging judging) =>
        keys.MayDecide(signers, judging.Day) || (directive.Decision == Directive.Deny && signers.Contains(judging.Silo));
}

/// <summary>Whether a change of keys is recorded. Pure.</summary>
public static class JudgeKeyChange
{
    /// <param name="officers">Key ids of the hospital's consent officers: two of them together replace keys that were lost, after they saw the patient.</param>
    /// <param name="last">Number of the patient's last change; 0 when there is none.</param>
    /// <returns>Whether officers made it; or field, value and what is allowed.</returns>
    public static (bool ByOfficers, string? Refusal) Decide(
        VerifiedByAll<KeyChange> verified, PatientConsent? consent, KeySet? keys, int last, IReadOnlySet<Hash32> officers, Judging judging)
    {
        if (verified.Body is not { } change)
        {
            return (false, verified.Reason);
        }

        if (consent is null || keys is null)
        {
            return (false, "subject: is not enrolled here");
        }

        var byHolders = keys.MayChangeKeys(verified.Signers, judging.Day);
        var byOfficers = !byHolders && verified.Signers.Count(officers.Contains) >= 2;
        return (byOfficers, change switch
        {
            _ when change.Silo != judging.Register => $"silo: '{change.Silo}' is not this register; allowed is '{judging.Register}'",
            _ when change.Sequence != last + 1 => $"sequence: {change.Sequence}; allowed is {last + 1}",
            _ when !Nonce.IsValid(change.Nonce) => "nonce: allowed is the base64url of 16 bytes",
            _ when !byHolders && !byOfficers => $"key: the change must be signed by {keys.Needed} of the {keys.Holders.Count} keys that count now, or by two officers of the hospital",
            _ => change.Keys.Fault() ?? OfficerFault(change.Keys, officers),
        });
    }

    /// <summary>Whoever is enrolled as an officer must be one.</summary>
    public static string? OfficerFault(KeySet keys, IReadOnlySet<Hash32> officers) =>
        keys.Holders.FirstOrDefault(holder => holder.Role == KeyHolder.Officer && !officers.Contains(holder.Key.Thumbprint())) is { } stranger
            ? $"holders.key: '{stranger.Key.Thumbprint()}' is no consent officer of this hospital"
            : null;
}
