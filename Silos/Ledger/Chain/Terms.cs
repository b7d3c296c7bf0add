using System.Globalization;
using Silos.Ledger.Records;

namespace Silos.Ledger.Chain;

/// <summary>What the chain knows of a permit, and what the board's votes to issue it name.</summary>
/// <param name="PermitId">SHA-256 of the permit document.</param>
/// <param name="NotAfter">The last second in force; whole seconds.</param>
/// <param name="Caps">At least one, each register once.</param>
public sealed record Terms(Hash32 PermitId, DateTimeOffset NotAfter, IReadOnlyList<Cap> Caps)
{
    /// <summary>The terms that a permit document states; its end is rounded down to the second.</summary>
    /// <exception cref="FormatException">An amount or the end is not written as the record prescribes.</exception>
    public static Terms Of(Permit permit)
    {
        var end = RecordTime.Read(permit.NotAfter) ?? throw new FormatException($"notAfter is '{permit.NotAfter}'; allowed is RFC 3339 UTC with milliseconds");
        return new Terms(
            permit.Id(),
            DateTimeOffset.FromUnixTimeSeconds(end.ToUnixTimeSeconds()),
            [.. permit.Caps.Select(cap => new Cap(cap.Register, new Amount(Read(cap.Rho, "rho"), Read(cap.Delta, "delta"), checked((uint)cap.Files))))]);
    }

    private static ulong Read(string text, string name) =>
        ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value.ToString(CultureInfo.InvariantCulture) == text
            ? value
            : throw new FormatException($"{name} is '{text}'; allowed is a decimal integer from 0 to {ulong.MaxValue}");
}

/// <summary>Where a permit stands on the chain.</summary>
public enum PermitStatus
{
    None,
    Active,
    Suspended,
    Revoked,
    Expired,
}

/// <summary>What the board can do to an issued permit.</summary>
public enum PermitAct
{
    Suspend,
    Resume,
    Revoke,
}

/// <summary>Why a charge was refused; None when it was posted.</summary>
public enum ChargeRefusal
{
    None,
    UnknownPermit,
    PermitSuspended,
    PermitRevoked,
    PermitExpired,
    RegisterNotGranted,
    OverPermitCap,
    OverRegisterLimit,
    NotInBatch,
}
