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
