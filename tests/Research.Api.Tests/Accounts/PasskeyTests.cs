using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Research.Api.Protocol;
using Research.Api.Tests.Running;
using Silos.Ledger.Records;
using Xunit;

namespace Research.Api.Tests.Accounts;

[Collection("hub")]
public sealed class PasskeyTests(HubFixture hub)
{
    /// <summary>Goal: an account registers a passkey and signs in with it alone. Method: an authenticator in software (WebAuthn level 3, ES256, no attestation) goes through both ceremonies; the token that comes is the same account's; the list shows it, and removed it signs nobody in.</summary>
    [Fact]
    public async Task A_passkey_registers_signs_in_and_is_removed()
    {
        hub.Require();
        using var authenticator = new SoftAuthenticator(HubFixture.PagesOrigin);
        var person = hub.Of("invited");
        await RegisterAsync(person, authenticator);
        var ceremony = await BeginAsync();
        var answer = await SignInAsync(ceremony, authenticator.Answer(ceremony.Options));
        var signedIn = await answer.Content.ReadFromJsonAsync<SignedIn>();
        var http = hub.Anybody();
        http.DefaultRequestHeaders.Authorization = new("Bearer", signedIn!.AccessToken);
        Assert.Equal(person.Email, (await http.GetFromJsonAsync<AccountView>(HubRoutes.Me))!.Email);

        var shown = Assert.Single(await person.GetAsync<List<PasskeyView>>(HubRoutes.Passkeys));
        Assert.Equal("My telephone", shown.Name);
        Assert.Equal(authenticator.Key, CanonicalJson.Read<Jwk>(JsonNode.Parse(shown.Key!.Value.GetRawText())!));
        Assert.Equal(authenticator.Key.Thumbprint().ToString(), shown.KeyId);
        (await person.Http.DeleteAsync($"{HubRoutes.Passkeys}/{shown.Id}")).EnsureSuccessStatusCode();
        ceremony = await BeginAsync();
        Assert.Equal("bad-passkey", await Person.CodeOf(await SignInAsync(ceremony, authenticator.Answer(ceremony.Options))));
    }

    /// <summary>Goal: a ceremony counts once, and only for what it was begun for. Method: replay a good answer; answer another ceremony's challenge; another origin; an unverified user; another key; each is refused, and the good one before them is not.</summary>
    [Theory]
    [InlineData("replayed")]
    [InlineData("another challenge")]
    [InlineData("another origin")]
    [InlineData("user not verified")]
    [InlineData("user not present")]
    [InlineData("another relying party")]
    [InlineData("a counter that went back")]
    [InlineData("another key")]
    [InlineData("a forged ceremony")]
    public async Task A_passkeys_answer_with_a_fault_is_refused(string fault)
    {
        hub.Require();
        using var authenticator = new SoftAuthenticator(HubFixture.PagesOrigin);
        using var stranger = new SoftAuthenticator(HubFixture.PagesOrigin);
        await RegisterAsync(hub.Of("other-researcher"), authenticator);
        var ceremony = await BeginAsync();
        var other = await BeginAsync();
        var good = authenticator.Answer(ceremony.Options);
        if (fault is "replayed" or "a counter that went back")
        {
            (await SignInAsync(ceremony, good)).EnsureSuccessStatusCode();
        }

        if (fault == "a counter that went back")
        {
            ceremony = other;
        }

        var answer = fault switch
        {
            "user not present" => authenticator.Answer(ceremony.Options, present: false),
            "another relying party" => authenticator.Answer(ceremony.Options, relyingParty: "evil.example"),
            "a counter that went back" => authenticator.Answer(ceremony.Options, count: 1),
            "another challenge" => authenticator.Answer(other.Options),
            "another origin" => authenticator.Answer(ceremony.Options, origin: "https://evil.example"),
            "user not verified" => authenticator.Answer(ceremony.Options, verified: false),
            "another key" => stranger.Answer(ceremony.Options, authenticator),
            _ => good,
        };
        var asked = fault == "a forged ceremony" ? ceremony with { Ceremony = ceremony.Ceremony[..^8] + "AAAAAAAA" } : ceremony;
        Assert.Equal("bad-passkey", await Person.CodeOf(await SignInAsync(asked, answer)));
    }

    private static async Task RegisterAsync(Person person, SoftAuthenticator authenticator)
    {
        var begun = await person.PostAsync<PasskeyCeremony>(HubRoutes.Passkeys + "/begin");
        var made = await person.TryPostAsync(HubRoutes.Passkeys, new PasskeyRegistration(begun.Ceremony, authenticator.Register(begun.Options), "My telephone"));
        Assert.True(made.IsSuccessStatusCode, await made.Content.ReadAsStringAsync());
    }

    private async Task<PasskeyCeremony> BeginAsync() => (await (await hub.Anybody().PostAsync(HubRoutes.PasskeySignIn + "/begin", null)).Content.ReadFromJsonAsync<PasskeyCeremony>())!;

    private Task<HttpResponseMessage> SignInAsync(PasskeyCeremony ceremony, JsonElement credential) => hub.Anybody().PostAsJsonAsync(HubRoutes.PasskeySignIn, new PasskeySignIn(ceremony.Ceremony, credential));
}
