using System.Net.Http.Json;
using System.Text.Json;
using Silos.Ledger.Chain;
using Silos.Ledger.Records;
using Silos.Protocol;
using Silos.Tests.Queries;
using Story;
using Xunit;

namespace Silos.Tests.Dashboards;

/// <summary>A real silo's dashboard and its line of the budget.</summary>
public class DashboardLineTests(PermittedSilo silo) : IClassFixture<PermittedSilo>
{
    /// <summary>Goal: a dashboard shows nothing without the board's permit, charges its own line once for a version, logs as any query, and its answers verify (C9).
    /// Method: read it before; issue a permit that names its key, with a cap for one refresh; wait for figures; read the chain, the log and verify a receipt; look again.</summary>
    [Fact]
    public async Task A_dashboard_is_charged_to_its_own_permit_and_logged_like_any_query()
    {
        var before = await ShownAsync(view => view.State == "waiting");
        Assert.Null(before.Newest);
        var key = Hash32.Parse(PublicKey.From(before.Key.Deserialize<Jwk>(CanonicalJson.Options)!).Id.ToString());

        var permit = await silo.IssueAsync(before.RhoPerRefresh, person: key);
        var shown = await ShownAsync(view => view.Newest is not null);

        Assert.Equal(permit.Id().ToString(), shown.Permit);
        Assert.Equal("0", shown.RhoLeft);
        Assert.Contains(shown.Newest!.Rows, row => row.AgeFrom is null && row.Rate is not null);
        Assert.Equal(before.RhoPerRefresh, (await silo.Chain.ReadPermitAsync(permit.Id(), silo.Register)).Spent.Rho.ToString(System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal(3, await QueriesUnderAsync(permit));

        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, shown.Newest.Answers["signal"].GetRawText());
        var (code, output) = await Programs.VerifyAsync("receipt", file, "--rpc", silo.Stack.ChainUrl.ToString());
        File.Delete(file);
        Assert.True(code == 0, output);

        // Started again, it neither asks nor charges anew for the same version, though the board grants more.
        var more = await silo.IssueAsync("100000000", person: key);
        await silo.Stack.StartSiloAsync(1, ("Dashboards:Look", "00:00:01"));
        await silo.Stack.Silos[1].ReadyAsync(TimeSpan.FromMinutes(1));
        await ShownAsync(view => view.Permit == more.Id().ToString() && view.Newest is not null);
        Assert.Equal(3, await QueriesUnderAsync(permit));
    }

    /// <summary>Goal: how many patients permit a use leaves with noise alone, under a permit of its own that is charged once for a version, and to nobody for whom no organisation vouches.
    /// Method: read it before; issue a permit that names its key, with a cap for two counts; wait for the figure; read the chain and the log. Of 300 patients 285 permit: a figure of 11 or fewer comes once in 10^10 runs.</summary>
    [Fact]
    public async Task A_consent_figure_is_charged_to_its_own_permit_and_told_with_noise()
    {
        using var stranger = await silo.Http.GetAsync(new Uri(SiloRoutes.ConsentFigures, UriKind.Relative));
        Assert.Equal(System.Net.HttpStatusCode.Unauthorized, stranger.StatusCode);
        using var hub = silo.Stack.AsHub(1);
        var before = await FiguresAsync(hub, view => view.Figures.Count == 0);
        var key = PublicKey.From(before.Key.Deserialize<Jwk>(CanonicalJson.Options)!).Id;
        var charge = long.Parse(before.RhoPerRefresh, System.Globalization.CultureInfo.InvariantCulture);

        var permit = await silo.IssueAsync((2 * charge).ToString(System.Globalization.CultureInfo.InvariantCulture), person: key);
        var figure = (await FiguresAsync(hub, view => view.Figures is [{ Permitting: not null }])).Figures[0];

        Assert.Equal((permit.Id().ToString(), "DUO:0000042", "current", before.RhoPerRefresh, (int?)1), (figure.Permit, figure.Purpose, figure.State, figure.RhoLeft, figure.Version));
        Assert.InRange(figure.Permitting!.High - figure.Permitting.Low, 100, 250);
        Assert.Equal((ulong)charge, (await silo.Chain.ReadPermitAsync(permit.Id(), silo.Register)).Spent.Rho);
        Assert.Equal(1, await QueriesUnderAsync(permit));

        await silo.RevokeAsync(permit);
        var ended = (await FiguresAsync(hub, view => view.Figures is [{ State: "ended" }])).Figures[0];
        Assert.Equal((null, figure.Permitting), (ended.RhoLeft, ended.Permitting));
    }

    private static async Task<ConsentFiguresView> FiguresAsync(HttpClient hub, Func<ConsentFiguresView, bool> wanted)
    {
        var shown = await Until.ReadAsync(
            "the consent figures", TimeSpan.FromMinutes(1),
            async () => (await hub.GetFromJsonAsync<List<ConsentFiguresView>>(new Uri(SiloRoutes.ConsentFigures, UriKind.Relative)))!.SingleOrDefault(view => view.Dataset == PermittedSilo.Dataset),
            view => view is not null && wanted(view));
        return shown!;
    }

    private async Task<DashboardView> ShownAsync(Func<DashboardView, bool> wanted)
    {
        var shown = await Until.ReadAsync(
            "the dashboard", TimeSpan.FromMinutes(1),
            async () => (await silo.Http.GetFromJsonAsync<List<DashboardView>>(new Uri(SiloRoutes.Dashboards, UriKind.Relative)))!.SingleOrDefault(view => view.Dataset == PermittedSilo.Dataset),
            view => view is not null && wanted(view));
        return shown!;
    }

    private async Task<int> QueriesUnderAsync(Permit permit)
    {
        var entries = await silo.Http.GetFromJsonAsync<List<JsonElement>>(new Uri(SiloRoutes.Log + "/entries?count=1000", UriKind.Relative));
        return entries!.Count(entry => entry.GetProperty("kind").GetString() == "query" && entry.TryGetProperty("permit", out var id) && id.GetString() == permit.Id().ToString());
    }
}
