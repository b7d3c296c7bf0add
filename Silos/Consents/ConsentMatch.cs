using Silos.Ledger.Records;

namespace Silos.Consents;

/// <summary>What a permit would do with a patient's records: the question that her directive answers.</summary>
/// <param name="Output"><c>statistics</c> or <c>file</c>.</param>
public sealed record ProposedUse(string Purpose, string User, string Country, string Application, string Output);

/// <summary>Whether a directive permits a use. Pure; the clock is an argument.</summary>
public static class ConsentMatch
{
    /// <summary>
    /// True only if the patient's newest directive says permit, is in force, and names purpose (by subsumption), kind of user,
    /// country, project and output. No directive is a no.
    /// </summary>
    public static bool Permits(Directive? newest, ProposedUse use, DateTimeOffset now)
    {
        if (newest is not { Decision: Directive.Permit } || !InForce(newest, now))
        {
            return false;
        }

        return newest.Purposes.Any(granted => Duo.Covers(granted, use.Purpose))
            && newest.Users.Contains(use.User)
            && newest.Categories.Contains("*")
            && newest.Outputs.Contains(use.Output)
            && newest.Countries?.Contains(use.Country) != false
            && newest.Project?.Contains(use.Application) != false
            && newest.Collected is null;
    }

    private static bool InForce(Directive directive, DateTimeOffset now) =>
        RecordTime.Read(directive.NotBefore) is { } start && start <= now
        && (directive.NotAfter is null || (RecordTime.Read(directive.NotAfter) is { } end && now < end));
}
