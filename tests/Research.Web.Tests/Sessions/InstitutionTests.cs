using System.Net;
using System.Text;
using System.Text.Json;
using Research.Web.Tests.Browser;
using Research.Web.Tests.Hub;
using Silos.Ledger.Records;
using Story;
using Xunit;

namespace Research.Web.Tests.Sessions;

public sealed class InstitutionTests
{
    /// <summary>
    /// Goal: a person signs in here through her institution, by code with PKCE. Method: npm <c>oidc-provider</c>, a certified provider that demands PKCE; follow the link of
    /// the sign-in page there and back; the hub gets a token that is meant for it, and the desk opens. A code that comes without our own cookie opens nothing.
    /// </summary>
    [Fact]
    public async Task A_person_signs_in_through_her_institution()
    {
        if (!OtherPrograms.IsInstalled)
        {
            Assert.SkipUnless(Environment.GetEnvironmentVariable("CI") == "true", OtherPrograms.Missing);
            Assert.Fail(OtherPrograms.Missing);
        }

        var port = Host.FreeBasePort();
        await using var hub = await FakeHub.StartAsync();
        await using var web = await RunningWeb.StartAsync(
            hub.Url,
            ("Institutions:0:Name", "Certified University"), ("Institutions:0:Issuer", FormattableString.Invariant($"http://127.0.0.1:{port}")), ("Institutions:0:ClientId", "web"),
            ("Institutions:0:ClientSecret", "web-secret"), ("Institutions:0:Resource", CertifiedProvider.Audience), ("Institutions:0:Scope", "openid hub"));
        var back = new Uri(web.Url, "/sign-in/institution/0/back");
        await using var provider = await CertifiedProvider.StartAsync(port, back);
        using var browser = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = web.Url };

        Assert.Contains("Certified University", await browser.GetStringAsync("/sign-in"), StringComparison.Ordinal);
        var start = (await browser.GetAsync("/sign-in/institution/0?back=/desk")).Headers.Location!;
        Assert.Contains("code_challenge_method=S256", start.Query, StringComparison.Ordinal);
        var returned = await CertifiedProvider.SignInAsync(start, back, "scientist");
        using (var stranger = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = web.Url })
        {
            Assert.Equal("/sign-in?refused=institution", (await stranger.GetAsync(returned)).Headers.Location!.ToString());
        }

        Assert.Empty(hub.Exchanged);
        var arrived = await browser.GetAsync(returned);
        Assert.Equal((HttpStatusCode.Redirect, "/desk"), (arrived.StatusCode, arrived.Headers.Location!.ToString()));
        Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync("/desk")).StatusCode);
        using var claims = JsonDocument.Parse(Encoding.UTF8.GetString(Base64Text.TryDecode(Assert.Single(hub.Exchanged).Split('.')[1])!));
        Assert.Equal((CertifiedProvider.Audience, "scientist"), (claims.RootElement.GetProperty("aud").GetString(), claims.RootElement.GetProperty("sub").GetString()));
    }
}
