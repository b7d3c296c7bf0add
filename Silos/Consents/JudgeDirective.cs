using Silos.Ledger.Records;

namespace Silos.Consents;

/// <summary>A patient as the hospital enrolled her: the random subject name, the local id, and the key that signs for her.</summary>
public sealed record EnrolledPatient(string Subject, string Patient, Hash32 KeyId, Hash32 Salt);

/// <summary>Whether a signed directive is recorded. Pure.</summary>
public static class JudgeDirective
{
    /// <param name="verified">The opened record.</param>
    /// <param name="register">This silo's register id.</param>
    /// <param name="enrolled">Who the subject is, or null.</param>
    /// <param name="lastSequence">Sequence of her newest directive; 0 when there is none.</param>
    /// <returns>Null when it is to be recorded, else the reason why not.</returns>
    public static string? Refusal(Verified<Directive> verified, Hash32 register, EnrolledPatient? enrolled, int lastSequence)
    {
        if (verified.Body is not { } directive)
        {
            return verified.Reason;
        }

        if (enrolled is null)
        {
            return $"subject: '{directive.Subject}' is not enrolled here";
        }

        return directive switch
        {
            _ when verified.Signer != enrolled.KeyId => "key: not the key that the hospital enrolled for this patient",
            _ when directive.Silo != register => $"silo: '{directive.Silo}' is not this register; allowed is '{register}'",
            _ when !Nonce.IsValid(directive.Nonce) => "nonce: not the base64url of 16 bytes",
            _ when directive.Sequence != lastSequence + 1 => $"sequence: {directive.Sequence}; allowed is {lastSequence + 1}",
            _ when directive.Decision is not (Directive.Permit or Directive.Deny) => $"decision: '{directive.Decision}'; allowed are 'permit' and 'deny'",
            _ when RecordTime.Read(directive.NotBefore) is null => $"notBefore: '{directive.NotBefore}' is not an RFC 3339 time with milliseconds in UTC",
            _ when directive.NotAfter is not null && RecordTime.Read(directive.NotAfter) is null => $"notAfter: '{directive.NotAfter}' is not an RFC 3339 time with milliseconds in UTC",
            _ => null,
        };
    }
}
