using System.Text.Json;
using Research.Api.Permits;
using Research.Api.Protocol;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;

namespace Research.Api.Applications;

/// <summary>
/// What time does to approved applications: reminders of the yearly report, of the permit's end and of publishing, and the entries that access closed.
/// Access itself is refused by the clock at each call, whether this has looked or not. Looks once an hour.
/// </summary>
internal sealed class KeepTime(ApplicationStore applications, PermitStore permits, TimeProvider clock, ILogger<KeepTime> logger) : BackgroundService
{
    /// <summary>How long before a date is it reminded of?</summary>
    public static TimeSpan Notice { get; } = TimeSpan.FromDays(30);

    /// <summary>Results are to be published this many months after the permit's end (FEATURES.md, R15).</summary>
    public const int MonthsToPublish = 18;

    /// <summary>What is to be said now and was not said yet; each is said once for its date.</summary>
    /// <param name="ends">The permit's end.</param>
    public static IReadOnlyList<ApplicationEvent> Due(Application application, DateTimeOffset ends, DateTimeOffset now)
    {
        var said = application.History.Select(step => step.Event).OfType<ApplicationEvent.Reminded>().Select(reminder => reminder.Of).ToHashSet();
        var expired = application.History.Any(step => step.Event is ApplicationEvent.Expired);
        List<ApplicationEvent> due = [];
        void Remind(DateTimeOffset from, string of)
        {
            if (now >= from && !said.Contains(of))
            {
                due.Add(new ApplicationEvent.Reminded(of));
            }
        }

        if (application.IsApproved && now < ends && application.ReportDue is { } report)
        {
            Remind(report - Notice, $"the yearly report is due on {Day(report)}");
            Remind(report, $"the yearly report of {Day(report)} is overdue; access is closed until it is filed");
        }

        if (application.IsApproved)
        {
            Remind(ends - Notice, $"the permit ends on {Day(ends)}; an extension is an amendment and needs a new vote");
        }

        if (application.IsApproved && now >= ends && !expired)
        {
            due.Add(new ApplicationEvent.Expired(Day(ends)));
        }

        if (application.Permit is not null && now >= ends)
        {
            Remind(ends.AddMonths(MonthsToPublish) - Notice, $"results are to be published by {Day(ends.AddMonths(MonthsToPublish))}");
        }

        return due;
    }

    /// <summary>Looks at every approved or closed application, as of a moment.</summary>
    public async Task RoundAsync(DateTimeOffset now)
    {
        foreach (var id in await applications.InStatesAsync(ApplicationState.Approved, ApplicationState.ApprovedWithConditions, ApplicationState.Closed))
        {
            if (await applications.FindAsync(id) is { Permit: { } permit } application && await permits.FindAsync(permit) is { } issued
                && RecordTime.Read(JsonSerializer.Deserialize<Permit>(issued.Document, CanonicalJson.Options)!.NotAfter) is { } ends && Due(application, ends, now).Count > 0)
            {
                await applications.RecordAsync(id, ApplicationStore.Hub, current => new(Due(current, ends, now), null));
            }
        }
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        new Rounds("reminders", clock, logger).RunAsync(TimeSpan.FromHours(1), _ => RoundAsync(clock.GetUtcNow()), stoppingToken);

    private static string Day(DateTimeOffset moment) => moment.UtcDateTime.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);
}
