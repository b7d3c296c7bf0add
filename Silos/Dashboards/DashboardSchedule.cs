namespace Silos.Dashboards;

/// <summary>What is to be done about a dashboard now.</summary>
public enum DashboardAct
{
    /// <summary>No permit of the board names its key.</summary>
    Wait,

    /// <summary>What is left of its permit does not pay for a refresh.</summary>
    Stay,

    /// <summary>The newest version is shown already, or the last refresh is too young.</summary>
    Show,

    Refresh,
}

/// <summary>A dashboard as it stands.</summary>
/// <param name="Left">What its permit leaves, nano-rho; null without an active permit.</param>
/// <param name="Charge">What a refresh costs, nano-rho.</param>
/// <param name="ShownVersion">Newest version that was refreshed, under whichever permit; 0 for none.</param>
/// <param name="LastTried">When it was last refreshed or tried to; null for never.</param>
public sealed record DashboardStanding(ulong? Left, ulong Charge, long Version, long ShownVersion, DateTimeOffset? LastTried);

/// <summary>When a dashboard is refreshed: once a dataset version, not oftener than the schedule allows, and only while its own line of the budget pays. Pure.</summary>
public static class DashboardSchedule
{
    /// <param name="every">At most one refresh in this time.</param>
    public static DashboardAct Decide(DashboardStanding standing, TimeSpan every, DateTimeOffset now) => standing switch
    {
        { Left: null } => DashboardAct.Wait,
        _ when standing.Version == standing.ShownVersion => DashboardAct.Show,
        _ when standing.Left < standing.Charge => DashboardAct.Stay,
        { LastTried: { } last } when now < last + every => DashboardAct.Show,
        _ => DashboardAct.Refresh,
    };
}
