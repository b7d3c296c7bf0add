using System.Net;
using System.Text.Json;
using Research.Api.Protocol;
using Research.Api.Tests.Running;
using Silos.Ledger.Records;
using Silos.Protocol;
using Xunit;

namespace Research.Api.Tests.Consents;

/// <summary>What a patient sees and says through the hub, which decides nothing about consent.</summary>
[Collection("hub")]
public sealed class MyDataTests(HubFixture hub) : IDisposable
{
    private readonly (int, string, string) first = hub.First?.Answer ?? default;
    private readonly (int, string, string) second = hub.Second?.Answer ?? default;

    public void Dispose()
    {
        if (hub.First is not null)
        {
            (hub.First.Answer, hub.Second.Answer) = (first, second);
        }
    }

    /// <summary>Goal: a page can sign the next directive without guessing. Method: link a patient to two hospitals, one of which tells where she stands; read her view.</summary>
    [Fact]
    public async Task Each_hospital_says_the_number_of_the_next_directive()
    {
        var subjects = await LinkAsync();
        hub.First.Standings[subjects.First] = new ConsentStanding(
            hub.First.Register.ToString(), 4, 2, "permit", "text", 1, [], [new StandingText(Hash32.Of("words").ToString(), "en", "2", "words")]);

        var mine = await hub.Of("second-patient").GetAsync<MyData>(HubRoutes.MyData);

        var first = mine.Hospitals.Single(one => one.Silo == hub.First.Register.ToString());
        Assert.Equal((4, 2, "permit", "text", "words"), (first.NextSequence, first.NextKeyChange, first.Decision, first.AsksAnew, first.Texts!.Single().Words));
        Assert.Null(mine.Hospitals.Single(one => one.Silo == hub.Second.Register.ToString()).NextSequence);
    }

    /// <summary>Goal: one step says no at all hospitals (P1), and says which did not hear it. Method: stop; one hospital records, the other fails.</summary>
    [Fact]
    public async Task One_step_stops_at_every_hospital()
    {
        var subjects = await LinkAsync();
        hub.First.Answer = (200, "application/json", """{"recorded":true,"reason":null,"receipt":{"body":{"type":"consent-receipt"}}}""");
        hub.Second.Answer = (503, "application/problem+json", "{}");

        var results = await hub.Of("second-patient").PostAsync<List<StopResult>>(HubRoutes.MyStop);

        Assert.True(results.Single(one => one.Silo == hub.First.Register.ToString()) is { Recorded: true, Receipt: not null });
        Assert.True(results.Single(one => one.Silo == hub.Second.Register.ToString()) is { Recorded: false, Reason.Length: > 0 });
        Assert.Contains(hub.First.Received, sent => sent.Route == $"POST {SiloRoutes.Denials}" && sent.Body.Contains(subjects.First, StringComparison.Ordinal));
    }

    /// <summary>Goal: nobody changes another's keys through the hub. Method: relay a change about the caller's subject, and one about somebody else's.</summary>
    [Fact]
    public async Task A_change_of_keys_is_relayed_for_the_callers_own_enrolment_alone()
    {
        var subjects = await LinkAsync();
        hub.First.Answer = (204, "application/json", "");
        var own = await hub.Of("second-patient").TryPostAsync(HubRoutes.MyKeys, new KeyChangeRelay(hub.First.Register.ToString(), Change(subjects.First)));
        var others = await hub.Of("second-patient").TryPostAsync(HubRoutes.MyKeys, new KeyChangeRelay(hub.First.Register.ToString(), Change("somebody")));

        Assert.Equal(HttpStatusCode.NoContent, own.StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, others.StatusCode);
    }

    private static JsonElement Change(string subject) => JsonSerializer.SerializeToElement(new { body = new { subject } });

    /// <summary>Links the patient to both hospitals, once.</summary>
    private async Task<(string First, string Second)> LinkAsync()
    {
        var patient = hub.Of("second-patient");
        var linked = (await patient.GetAsync<MyData>(HubRoutes.MyData)).Hospitals.ToDictionary(one => one.Silo, one => one.Subject);
        foreach (var silo in new[] { hub.First, hub.Second }.Where(silo => !linked.ContainsKey(silo.Register.ToString())))
        {
            var subject = linked[silo.Register.ToString()] = Nonce.New();
            var invitation = await hub.Of(Role.Custodian).PostAsync<Invitation>(HubRoutes.Invitations, new InvitationRequest(silo.Register.ToString(), subject));
            Assert.True((await patient.TryPostAsync(HubRoutes.MyDataLink, new LinkRequest(invitation.Code))).IsSuccessStatusCode);
        }

        return (linked[hub.First.Register.ToString()], linked[hub.Second.Register.ToString()]);
    }
}
