using Microsoft.Extensions.DependencyInjection;
using Research.Api.Applications;
using Research.Api.Outbox;
using Research.Api.Protocol;
using Research.Api.Tests.Running;
using Silos.Ledger.Records;
using Xunit;

namespace Research.Api.Tests.Applications;

[Collection("hub")]
public sealed class KeepTimeTests(HubFixture hub)
{
    private static readonly DateTimeOffset Approved = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Ends = Approved.AddYears(3);

    /// <summary>Goal: each date is reminded of once, a month before, and each lapse is said (R15, E8). Method: an approved application, looked at on these days; what was said before is not said again.</summary>
    [Theory]
    [InlineData("2026-11-30", null)]
    [InlineData("2026-12-03", "the yearly report is due on 2027-01-01")]
    [InlineData("2027-01-02", "the yearly report is due on 2027-01-01|the yearly report of 2027-01-01 is overdue; access is closed until it is filed")]
    [InlineData("2028-12-15", "the yearly report is due on 2027-01-01|the yearly report of 2027-01-01 is overdue; access is closed until it is filed|the permit ends on 2029-01-01; an extension is an amendment and needs a new vote")]
    [InlineData("2029-01-01", "the permit ends on 2029-01-01; an extension is an amendment and needs a new vote|2029-01-01")]
    [InlineData("2030-06-15", "the permit ends on 2029-01-01; an extension is an amendment and needs a new vote|2029-01-01|results are to be published by 2030-07-01")]
    public void Reminders_come_a_month_before_and_lapses_when_they_happen(string today, string? said)
    {
        var now = DateTimeOffset.Parse(today + "T12:00:00Z", System.Globalization.CultureInfo.InvariantCulture);
        var application = Application.Fold("a", null, [Event(new ApplicationEvent.Created(new ApplicationForm())), Event(new ApplicationEvent.Approved("permit", null))])!;
        var due = KeepTime.Due(application, Ends, now);
        Assert.Equal(said?.Split('|') ?? [], due.Select(happened => happened.Remark!));
        var later = Application.Fold("a", null, [.. application.History, .. due.Select(Event)])!;
        Assert.Empty(KeepTime.Due(later, Ends, now));
    }

    /// <summary>Goal: the lapse is an entry, the people get a letter, and access is refused by date (R15). Method: an approved application, looked at a day after its end; its history has the steps with numbers of the log, the applicant a letter, and looking again adds nothing.</summary>
    [Fact]
    public async Task The_end_of_a_permit_is_an_entry_and_a_letter()
    {
        hub.Require();
        var application = await hub.ApprovedAsync(hub.Form() with { Title = "Ends " + Nonce.New() });
        var keep = hub.Services.GetRequiredService<KeepTime>();
        var after = new DateTimeOffset(2031, 1, 2, 0, 0, 0, TimeSpan.Zero);
        await keep.RoundAsync(after);
        await keep.RoundAsync(after);
        var steps = (await hub.Applicant.GetAsync<ApplicationView>($"{HubRoutes.Applications}/{application.Id}")).History.Where(step => step.Kind is "expired" or "reminded").ToList();
        Assert.Equal(["reminded", "expired"], steps.Select(step => step.Kind));
        Assert.All(steps, step => Assert.NotNull(step.Seq));
        var me = await hub.Applicant.GetAsync<AccountView>(HubRoutes.Me);
        await hub.Services.GetRequiredService<OutboxRunner>().DrainAsync(SendMail.Subject(me.Id), TestContext.Current.CancellationToken);
        Assert.Contains(Directory.EnumerateFiles(Path.Combine(hub.Folder, "mail")), file => File.ReadAllText(file).Contains($"Ended: {application.Form.Title}", StringComparison.Ordinal));
    }

    private static RecordedEvent Event(ApplicationEvent happened) => new(happened, "somebody", Approved, null);
}
