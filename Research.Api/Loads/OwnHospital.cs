using Research.Api.Accounts;
using Research.Api.Protocol;
using Research.Api.Silos;

namespace Research.Api.Loads;

/// <summary>Which hospital is a custodian's own.</summary>
internal static class OwnHospital
{
    /// <summary>Whether the caller is a custodian of the silo's institution. A silo without an institution has no custodians here.</summary>
    public static bool KeepsRecordsOf(this Caller caller, SiloClient silo) =>
        silo.Institution is { Length: > 0 } institution && string.Equals(caller.Institution, institution, StringComparison.Ordinal) && caller.Is(Role.Custodian);
}
