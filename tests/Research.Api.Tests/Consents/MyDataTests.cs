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

    /// <summary>Goal: who used my data comes with odds and the honest limit (P8, P9, P15), and a hospital that does not answer is shown as such. Method: one hospital's list, the other silent.</summary>
    [Fact]
    public async Task Uses_come_with_odds_and_what_cannot_be_recalled()
    {
        var subjects = await LinkAsync();
        var loss = new LossSum("20000000", "0");
        hub.First.UsesOf[subjects.First] = new PatientUses(
            hub.First.Register.ToString(),
            [new PatientUse(7, "2026-06-15T08:00:00.000Z", "statistics", "unknown-permit", "cohort", "statistics", "20000000", "0", 0, null, "permit", true)],
            new PatientLoss(loss, 1, new Dictionary<string, LossSum> { ["p"] = loss }, new Dictionary<string, LossSum> { ["2026"] = loss }));

        var mine = await hub.Of("second-patient").GetAsync<List<MyUses>>(HubRoutes.MyUses);

        var first = mine.Single(one => one.Silo == hub.First.Register.ToString());
        Assert.Equal("20000000", first.Loss!.Rho);

        // ρ = 0.02: ε = 0.02 + 2√(0.02 · 13.8155) = 1.0713; e^ε ÷ (1 + e^ε) = 0.7449.
        Assert.Equal((1.072, 75, 1), (first.Loss.Epsilon, first.Loss.OddsOf100, first.Loss.Files));
        Assert.Contains("not to be recalled: an answer of 2026-06-15", first.Limit, StringComparison.Ordinal);
        Assert.True(mine.Single(one => one.Silo == hub.Second.Register.ToString()) is { Answers: false, Loss: null, Limit: null });
    }

    /// <summary>Goal: nobody links a patient of a hospital that is not her own: a code would show its holder what that hospital keeps of her. Method: each custodian invites for the other's hospital, and for one that nobody knows.</summary>
    [Fact]
    public async Task A_custodian_invites_patients_of_her_own_hospital_alone()
    {
        hub.Require();
        foreach (var (who, register) in new[] { (Role.Custodian, hub.Second.Register), ("second-custodian", hub.First.Register), (Role.Custodian, Hash32.Random()) })
        {
            using var refused = await hub.Of(who).TryPostAsync(HubRoutes.Invitations, new InvitationRequest(register.ToString(), Nonce.New()));
            Assert.Equal(System.Net.HttpStatusCode.Forbidden, refused.StatusCode);
        }
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
            var invitation = await hub.Of(silo == hub.First ? Role.Custodian : "second-custodian").PostAsync<Invitation>(HubRoutes.Invitations, new InvitationRequest(silo.Register.ToString(), subject));
            Assert.True((await patient.TryPostAsync(HubRoutes.MyDataLink, new LinkRequest(invitation.Code))).IsSuccessStatusCode);
        }

        return (linked[hub.First.Register.ToString()], linked[hub.Second.Register.ToString()]);
    }
}
