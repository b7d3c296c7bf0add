using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Research.Api.Tests.Running;

/// <summary>An institution's OpenID Provider as far as a resource server sees it: discovery, keys, and access tokens that a test shapes.</summary>
internal sealed class FakeInstitution : IAsyncDisposable
{
    public const string Audience = "https://hub.test";

    private readonly WebApplication app;
    private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    private FakeInstitution(WebApplication app) => this.app = app;

    public string Issuer => app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

    /// <summary>The published point, as bytes: what a careless verifier would take for an HMAC secret.</summary>
    public byte[] PublicBytes => key.ExportSubjectPublicKeyInfo();

    public static async Task<FakeInstitution> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var institution = new FakeInstitution(builder.Build());
        institution.app.MapGet("/.well-known/openid-configuration", () => new { issuer = institution.Issuer, jwks_uri = institution.Issuer + "/jwks", authorization_endpoint = institution.Issuer + "/auth", token_endpoint = institution.Issuer + "/token" });
        institution.app.MapGet("/jwks", () =>
        {
            var q = institution.key.ExportParameters(false).Q;
            return new { keys = new[] { new { kty = "EC", crv = "P-256", use = "sig", alg = "ES256", kid = "key-1", x = Base64UrlEncoder.Encode(q.X), y = Base64UrlEncoder.Encode(q.Y) } } };
        });
        await institution.app.StartAsync();
        return institution;
    }

    /// <summary>A token for a scientist, but for what is told otherwise.</summary>
    public string Token(string? audience = Audience, string? issuer = null, string type = "at+jwt", TimeSpan? life = null, SigningCredentials? with = null, string role = "staff-scientist", string subject = "s-1")
    {
        var now = TimeProvider.System.GetUtcNow().UtcDateTime;
        var expires = now + (life ?? TimeSpan.FromMinutes(10));
        return new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
        {
            Issuer = issuer ?? Issuer,
            Audience = audience,
            TokenType = type,
            IssuedAt = expires.AddMinutes(-20),
            NotBefore = expires.AddMinutes(-20),
            Expires = expires,
            Claims = new Dictionary<string, object> { ["sub"] = subject, ["email"] = subject + "@far.test", ["roles"] = new[] { role } },
            SigningCredentials = with ?? new SigningCredentials(new ECDsaSecurityKey(key) { KeyId = "key-1" }, SecurityAlgorithms.EcdsaSha256),
        });
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        key.Dispose();
    }
}
