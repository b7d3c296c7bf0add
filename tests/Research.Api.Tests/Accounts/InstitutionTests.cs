using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using Microsoft.IdentityModel.Tokens;
using Research.Api.Protocol;
using Research.Api.Tests.Running;
using Xunit;

namespace Research.Api.Tests.Accounts;

[Collection("hub")]
public sealed class InstitutionTests(HubFixture hub)
{
    /// <summary>Goal: an institution's people come in with its tokens. Method: a scientist's token; she is a researcher of that institution, with the same account each time.</summary>
    [Fact]
    public async Task A_scientist_of_an_institution_is_a_researcher_here()
    {
        hub.Require();
        var me = await (await GetAsync(hub.Institution.Token())).Content.ReadFromJsonAsync<AccountView>();
        Assert.Equal(["researcher"], me!.Roles);
        Assert.Equal(("Far University", "s-1@far.test"), (me.Institution!, me.Email));
        Assert.Equal(me.Id, (await (await GetAsync(hub.Institution.Token())).Content.ReadFromJsonAsync<AccountView>())!.Id);
    }

    /// <summary>Goal: a role that the table does not list is no role. Method: a token with another value; the token is accepted and nothing is allowed.</summary>
    [Fact]
    public async Task A_role_that_is_not_in_the_table_gives_nothing()
    {
        hub.Require();
        Assert.Equal(403, (int)(await GetAsync(hub.Institution.Token(role: "operator", subject: "s-2"))).StatusCode);
    }

    /// <summary>Goal: accounts are never joined by address. Method: a token whose e-mail address is a local account's.</summary>
    [Fact]
    public async Task A_token_does_not_take_over_an_account_with_the_same_address()
    {
        hub.Require();
        await GetAsync(hub.Institution.Token(subject: "s-3"));
        var answer = await GetAsync(hub.Institution.Token(subject: "S-3"));
        Assert.Equal(401, (int)answer.StatusCode);
    }

    public static TheoryData<string> Faults => ["audience", "issuer", "expired", "type", "key", "none", "hmac with the public key"];

    /// <summary>Goal: nothing but this provider's own fresh token for us counts. Method: one token for each fault; each is 401 as problem+json.</summary>
    [Theory]
    [MemberData(nameof(Faults))]
    public async Task A_token_with_a_fault_is_refused(string fault)
    {
        hub.Require();
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var good = hub.Institution.Token();
        var token = fault switch
        {
            "audience" => hub.Institution.Token(audience: "https://somebody.else"),
            "issuer" => hub.Institution.Token(issuer: "https://another.example"),
            "expired" => hub.Institution.Token(life: TimeSpan.FromMinutes(-5)),
            "type" => hub.Institution.Token(type: "JWT"),
            "key" => hub.Institution.Token(with: new SigningCredentials(new ECDsaSecurityKey(other) { KeyId = "key-1" }, SecurityAlgorithms.EcdsaSha256)),
            "none" => Base64UrlEncoder.Encode("""{"alg":"none","typ":"at+jwt"}""") + "." + good.Split('.')[1] + ".",
            _ => hub.Institution.Token(with: new SigningCredentials(new SymmetricSecurityKey(hub.Institution.PublicBytes) { KeyId = "key-1" }, SecurityAlgorithms.HmacSha256)),
        };
        var answer = await GetAsync(token);
        Assert.Equal(401, (int)answer.StatusCode);
        Assert.Equal("unauthenticated", await Person.CodeOf(answer));
    }

    private async Task<HttpResponseMessage> GetAsync(string token)
    {
        var http = hub.Anybody();
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return await http.GetAsync(HubRoutes.Me);
    }
}
