using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Research.Api.Protocol;
using Research.Api.Tests.Running;
using Story;
using Xunit;

namespace Research.Api.Tests.Accounts;

/// <summary>npm <c>oidc-provider</c>, a certified OpenID Provider, as an institution's. What it would never issue is forged with its own key, so that nothing but the fault is wrong.</summary>
[Collection("hub")]
public sealed class CertifiedProviderTests(HubFixture hub)
{
    private const string Verifier = "a-code-verifier-of-at-least-43-characters-0123456789";

    /// <summary>Goal: tokens of a certified provider are accepted. Method: a program's token by client credentials; its roles are the table's.</summary>
    [Fact]
    public async Task A_token_by_client_credentials_is_accepted()
    {
        hub.RequireOtherPrograms();
        var me = await (await GetAsync(await hub.Provider!.ClientTokenAsync())).Content.ReadFromJsonAsync<AccountView>();
        Assert.Equal(("Certified University", "notebook@certified.test"), (me!.Institution!, me.Email));
        Assert.Equal([Role.Researcher], me.Roles);
    }

    /// <summary>Goal: a person signs in through her institution by code with PKCE. Method: she signs in at the provider, agrees, and comes back with a code, which buys a token only with the verifier; the token is exchanged for the hub's own, which works.</summary>
    [Fact]
    public async Task A_token_by_code_with_PKCE_is_accepted_and_exchanged()
    {
        hub.RequireOtherPrograms();
        Assert.Contains("invalid_grant", await CodeTokenAsync("scientist", Verifier + "x"), StringComparison.Ordinal);
        using var answer = System.Text.Json.JsonDocument.Parse(await CodeTokenAsync("scientist", Verifier));
        var token = answer.RootElement.GetProperty("access_token").GetString()!;
        Assert.Equal("scientist@certified.test", (await (await GetAsync(token)).Content.ReadFromJsonAsync<AccountView>())!.Email);
        var signedIn = await (await With(token).PostAsync(HubRoutes.InstitutionSignIn, null)).Content.ReadFromJsonAsync<SignedIn>();
        Assert.Equal("scientist@certified.test", (await (await GetAsync(signedIn!.AccessToken)).Content.ReadFromJsonAsync<AccountView>())!.Email);
        Assert.Equal("bad-credentials", await Person.CodeOf(await With(signedIn.AccessToken).PostAsync(HubRoutes.InstitutionSignIn, null)));
        Assert.Equal(401, (int)(await GetAsync(answer.RootElement.GetProperty("id_token").GetString()!)).StatusCode);
    }

    /// <summary>Goal: a token for somebody else's service is refused. Method: the provider itself issues it for another resource.</summary>
    [Fact]
    public async Task A_token_for_another_audience_is_refused()
    {
        hub.RequireOtherPrograms();
        await RefusedAsync(await hub.Provider!.ClientTokenAsync("https://somebody.else"));
    }

    /// <summary>Goal: a token of another issuer is refused. Method: the provider's key signs a token that names another.</summary>
    [Fact]
    public async Task A_token_of_another_issuer_is_refused() => await RefusedAsync(Forge(issuer: "https://another.example"));

    /// <summary>Goal: an unsigned token is refused. Method: algorithm <c>none</c> over the claims of a good one.</summary>
    [Fact]
    public async Task A_token_with_algorithm_none_is_refused() =>
        await RefusedAsync(Base64UrlEncoder.Encode("""{"alg":"none","typ":"at+jwt","kid":"key-1"}""") + "." + Forge().Split('.')[1] + ".");

    /// <summary>Goal: the public key is no secret. Method: an HMAC with the published key's bytes.</summary>
    [Fact]
    public async Task A_token_with_an_HMAC_of_the_public_key_is_refused() =>
        await RefusedAsync(Forge(with: new SigningCredentials(new SymmetricSecurityKey(hub.Provider?.Key.ExportSubjectPublicKeyInfo() ?? new byte[32]) { KeyId = "key-1" }, SecurityAlgorithms.HmacSha256)));

    /// <summary>Goal: an expired token is refused. Method: the provider's key, five minutes too late.</summary>
    [Fact]
    public async Task An_expired_token_is_refused() => await RefusedAsync(Forge(life: TimeSpan.FromMinutes(-5)));

    /// <summary>Goal: another key is refused. Method: a key of our own under the provider's key id.</summary>
    [Fact]
    public async Task A_token_of_another_key_is_refused()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await RefusedAsync(Forge(with: new SigningCredentials(new ECDsaSecurityKey(other) { KeyId = "key-1" }, SecurityAlgorithms.EcdsaSha256)));
    }

    /// <summary>Goal: another type of token is refused. Method: the provider's key, type <c>JWT</c>, as an ID token has.</summary>
    [Fact]
    public async Task A_token_of_another_type_is_refused() => await RefusedAsync(Forge(type: "JWT"));

    /// <summary>Goal: the forgeries fail for their faults alone. Method: the same forgery without a fault is accepted.</summary>
    [Fact]
    public async Task The_same_token_without_a_fault_is_accepted()
    {
        hub.RequireOtherPrograms();
        Assert.Equal(200, (int)(await GetAsync(Forge())).StatusCode);
    }

    private async Task RefusedAsync(string token)
    {
        hub.RequireOtherPrograms();
        var answer = await GetAsync(token);
        Assert.Equal(401, (int)answer.StatusCode);
        Assert.Equal("unauthenticated", await Person.CodeOf(answer));
    }

    private string Forge(string? issuer = null, string type = "at+jwt", TimeSpan? life = null, SigningCredentials? with = null)
    {
        hub.RequireOtherPrograms();
        var expires = TimeProvider.System.GetUtcNow().UtcDateTime + (life ?? TimeSpan.FromMinutes(10));
        return new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
        {
            Issuer = issuer ?? hub.Provider!.Issuer.OriginalString,
            Audience = CertifiedProvider.Audience,
            TokenType = type,
            IssuedAt = expires.AddMinutes(-20),
            NotBefore = expires.AddMinutes(-20),
            Expires = expires,
            Claims = new Dictionary<string, object> { ["sub"] = "forged", ["email"] = "forged@certified.test", ["roles"] = new[] { "staff-scientist" } },
            SigningCredentials = with ?? new SigningCredentials(new ECDsaSecurityKey(hub.Provider!.Key) { KeyId = "key-1" }, SecurityAlgorithms.EcdsaSha256),
        });
    }

    /// <summary>What the token endpoint answers to a person's code.</summary>
    private async Task<string> CodeTokenAsync(string person, string verifier)
    {
        var challenge = Base64UrlEncoder.Encode(SHA256.HashData(Encoding.ASCII.GetBytes(Verifier)));
        var start = new Uri(QueryHelpers.AddQueryString(hub.Provider!.Issuer + "auth", new Dictionary<string, string?>
        {
            ["client_id"] = "web", ["response_type"] = "code", ["scope"] = "openid hub", ["redirect_uri"] = HubFixture.Back.ToString(), ["state"] = "s",
            ["code_challenge"] = challenge, ["code_challenge_method"] = "S256", ["resource"] = CertifiedProvider.Audience,
        }));
        var code = QueryHelpers.ParseQuery((await CertifiedProvider.SignInAsync(start, HubFixture.Back, person)).Query)["code"].ToString();
        using var http = new HttpClient();
        using var form = new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["grant_type"] = "authorization_code", ["code"] = code, ["redirect_uri"] = HubFixture.Back.ToString(), ["code_verifier"] = verifier,
            ["resource"] = CertifiedProvider.Audience,
        });
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(hub.Provider.Issuer, "/token")) { Content = form };
        request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.ASCII.GetBytes("web:web-secret")));
        using var answer = await http.SendAsync(request);
        return await answer.Content.ReadAsStringAsync();
    }

    private HttpClient With(string token)
    {
        var http = hub.Anybody();
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return http;
    }

    private Task<HttpResponseMessage> GetAsync(string token) => With(token).GetAsync(HubRoutes.Me);
}
