using System.Net;
using System.Text.Json;
using Research.Api.Protocol;
using Research.Api.Tests.Running;
using Silos.Protocol;
using Xunit;

namespace Research.Api.Tests.Loads;

/// <summary>A hospital's loads through the hub, which carries them for that hospital's custodians alone.</summary>
[Collection("hub")]
public sealed class LoadsTests(HubFixture hub) : IDisposable
{
    private readonly (int, string, string) first = hub.First?.Answer ?? default;

    public void Dispose()
    {
        if (hub.First is not null)
        {
            hub.First.Answer = first;
        }
    }

    /// <summary>Goal: a custodian sees the loads of the own hospital and of no other. Method: both hospitals load; one alone names the custodian's institution.</summary>
    [Fact]
    public async Task A_custodian_sees_the_own_hospitals_loads_alone()
    {
        var custodian = hub.Of(Role.Custodian);
        (hub.First.Loads, hub.Second.Loads) = ([new LoadStanding("l-1", "cohort", "reading", 42, null, "2026-11-22T08:00:00.000Z")], [new LoadStanding("l-2", "cohort", "published", 100, 3, null)]);

        var view = await custodian.GetAsync<LoadsView>(HubRoutes.Loads);

        var own = Assert.Single(view.Hospitals);
        Assert.Equal((hub.First.Register.ToString(), hub.First.Name), (own.Silo, own.Hospital));
        Assert.Equal(new LoadView("l-1", "cohort", "reading", 42, null, "2026-11-22T08:00:00.000Z"), Assert.Single(own.Loads!));
        Assert.Equal((hub.Deployment.ChainId, hub.Deployment.Deployed.Contract), (view.ChainId, view.Contract));
    }

    /// <summary>Goal: an officer's request reaches the own hospital as it was signed, and the sealed answer comes back as it was sealed; nobody can knock at another hospital's door. Method: relay to the own, to the other, and to one that is not there; to neither of these anything is sent. Other roles get 403 (<see cref="Accounts.EveryRouteTests"/>).</summary>
    [Fact]
    public async Task A_request_goes_to_the_own_hospital_alone()
    {
        var custodian = hub.Of(Role.Custodian);
        hub.First.Answer = (200, "application/json", """{ "sealed":"header..iv.text.tag" }""");
        var request = JsonSerializer.SerializeToElement(new { body = new { type = "officer-request", nonce = "one" } });
        var before = hub.Second.Received.Count;

        using var own = await custodian.TryPostAsync(HubRoutes.OfficerRequests, new OfficerRelay(hub.First.Register.ToString(), request));
        using var others = await custodian.TryPostAsync(HubRoutes.OfficerRequests, new OfficerRelay(hub.Second.Register.ToString(), request));
        using var nowhere = await custodian.TryPostAsync(HubRoutes.OfficerRequests, new OfficerRelay("nowhere", request));

        Assert.Equal("""{ "sealed":"header..iv.text.tag" }""", await own.Content.ReadAsStringAsync());
        Assert.Contains(hub.First.Received, sent => sent.Route == $"POST {SiloRoutes.OfficerRequests}" && sent.Body.Contains(request.GetRawText(), StringComparison.Ordinal));
        Assert.Equal((HttpStatusCode.Forbidden, HttpStatusCode.Forbidden), (others.StatusCode, nowhere.StatusCode));
        Assert.Equal(before, hub.Second.Received.Count);
    }
}
